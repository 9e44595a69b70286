using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Local;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

/// <summary>The events that follow an accepted mail by themselves.</summary>
public sealed class MailEventTests : SimulatorTest
{
    [Fact]
    public async Task An_accepted_mail_is_processed_and_delivered_and_says_whose_it_is()
    {
        Simulator.App.ConfirmsDeliveries = true;
        var mail = MailTo("ann@a.test");
        mail["headers"] = new JsonObject { ["Message-ID"] = "<m1@crm.test>" };
        using var response = await Send(mail);
        var messageId = response.Headers.GetValues("X-Message-Id").Single();

        var events = await Events(2);
        Assert.Equal(["processed", "delivered"], events.Select(e => (string)e["event"]!));
        foreach (var told in events)
        {
            Assert.Equal(("ann@a.test", "d-ann@a.test", "o1"), ((string)told["email"]!, (string)told["delivery_id"]!, (string)told["organization_id"]!));
            Assert.Equal("<m1@crm.test>", (string)told["smtp-id"]!);
            Assert.StartsWith(messageId + ".", (string)told["sg_message_id"]!, StringComparison.Ordinal);
            Assert.InRange((long)told["timestamp"]! - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), -60, 60);
        }

        Assert.Equal(2, events.Select(e => (string)e["sg_event_id"]!).Distinct(StringComparer.Ordinal).Count());
        // It says so when it has told it.
        for (var look = 0; look < 500 && Simulator.Mailbox.Messages()[0].Status != "delivered"; look++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal("delivered", Simulator.Mailbox.Messages()[0].Status);
    }

    [Theory]
    [InlineData("bounce@a.test", "processed bounce/bounce")]
    [InlineData("Bounce+7@a.test", "processed bounce/bounce")]
    [InlineData("block@a.test", "processed bounce/blocked")]
    [InlineData("drop@a.test", "dropped")]
    [InlineData("spam@a.test", "processed delivered spamreport")]
    [InlineData("slow@a.test", "processed deferred delivered")]
    [InlineData("bouncer@a.test", "processed delivered")]
    public async Task An_address_that_says_what_becomes_of_its_mail_is_believed(string address, string expected)
    {
        Simulator.App.ConfirmsDeliveries = true;
        (await Send(MailTo(address))).Dispose();

        var events = await Events(expected.Split(' ').Length);
        Assert.Equal(expected, string.Join(' ', events.Select(e => e["type"] is { } type ? $"{e["event"]}/{type}" : (string)e["event"]!)));
    }

    [Fact]
    public async Task Without_being_told_to_the_vendor_tells_nobody()
    {
        (await Send(MailTo("ann@a.test"))).Dispose();
        Assert.Equal(0, Simulator.PendingCallbacks);
    }

    [Fact]
    public async Task A_call_carries_a_thousand_events_and_no_more()
    {
        Simulator.App.ConfirmsDeliveries = true;
        App.Answers = calls => calls == 0 ? 503 : 200;
        Simulator.App.StepDelay = TimeSpan.Zero;
        for (var call = 0; call < 3; call++)
            (await Send(MailTo(Enumerable.Range(0, 700).Select(number => $"u{number}-{call}@many.test")))).EnsureSuccessStatusCode().Dispose();
        (await Send(MailTo("ann@a.test"))).Dispose();

        await Settled();
        var taken = App.Calls.Skip(1).Select(call => call.MailEvents(Simulator.App.WebhookPublicKey)).ToArray();
        Assert.All(taken, events => Assert.InRange(events.Count, 1, 1_000));
        Assert.Equal(2 * 2_101, taken.SelectMany(events => events).Select(e => (string)e["sg_event_id"]!).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(2 * 2_101, taken.Sum(events => events.Count));
    }

    [Fact]
    public async Task What_the_app_does_not_take_is_told_again_as_it_was_while_others_go_on()
    {
        Simulator.App.ConfirmsDeliveries = true;
        // Nothing is taken before the second was tried: who waits for the first waits for ever.
        App.Answers = _ => App.Calls.Any(call => call.Text.Contains("drop+other", StringComparison.Ordinal)) ? 200 : 500;
        (await Send(MailTo("drop@a.test"))).Dispose();
        await App.Called(1);
        (await Send(MailTo("drop+other@a.test"))).Dispose();

        await Settled();
        var told = App.Calls.SelectMany(call => call.MailEvents(Simulator.App.WebhookPublicKey)).ToLookup(e => (string)e["sg_event_id"]!);
        Assert.Equal(2, told.Count);
        Assert.All(told, same => Assert.True(same.Count() > 1));
        Assert.All(told, same => Assert.Single(same.Select(e => e.ToJsonString()).Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Events_wait_by_the_stacks_clock()
    {
        Simulator.App.ConfirmsDeliveries = true;
        Simulator.App.StepDelay = TimeSpan.FromHours(1);
        (await Send(MailTo("ann@a.test"))).Dispose();
        Assert.Equal((2, 0), (Simulator.PendingCallbacks, App.Calls.Count));

        await Simulate("clock", new { advanceSeconds = 3_700 });
        var processed = Assert.Single((await App.Called(1))[0].MailEvents(Simulator.App.WebhookPublicKey));
        Assert.Equal("processed", (string)processed["event"]!);
        var timestamp = App.Calls[0].Headers["X-Twilio-Email-Event-Webhook-Timestamp"];
        Assert.InRange(long.Parse(timestamp, CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 3_600, 3_800);
        Assert.Equal(1, Simulator.PendingCallbacks);
    }

    [Fact]
    public async Task What_was_not_told_when_the_stack_ended_is_told_after_the_next_start_and_the_key_stays()
    {
        var folder = Directory.CreateTempSubdirectory("crm-events-").FullName;
        string key;
        await using (var first = await ProviderSimulator.Start(folder: folder, ct: Ct))
        {
            key = first.App.WebhookPublicKey;
            (first.App.ConfirmsDeliveries, first.App.StepDelay) = (true, TimeSpan.FromHours(1));
            using var http = new HttpClient { BaseAddress = first.BaseUrl, DefaultRequestHeaders = { Authorization = new("Bearer", "SG.local") } };
            (await http.PostAsJsonAsync("/v3/mail/send", MailTo("ann@a.test"), Ct)).EnsureSuccessStatusCode();
            Assert.Equal(2, first.PendingCallbacks);
        }

        // Killed when it had noted the events of a call and not yet the call.
        const string Unknown = """+{"Id":"e9","Due":"2020-01-01T00:00:00+00:00","Events":["{}"],"MessageIds":["unknown"]}""";
        await File.AppendAllTextAsync(Path.Combine(folder, "sendgrid-events.jsonl"), Unknown + "\n", Ct);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "sendgrid-webhook.pem")));

        await using (var second = await ProviderSimulator.Start(clock: new StackClock(), folder: folder, ct: Ct))
        {
            await using var app = await StandInApp.Start(second);
            Assert.Equal((key, 2), (second.App.WebhookPublicKey, second.PendingCallbacks));
            second.Clock.Advance(7_300);
            while (second.PendingCallbacks > 0)
                await Task.Delay(10, Ct);
            var events = app.Calls.SelectMany(call => call.MailEvents(key)).Select(e => (string)e["event"]!);
            Assert.Equal(["processed", "delivered"], events.Order(StringComparer.Ordinal).Reverse());
        }

        await using (var third = await ProviderSimulator.Start(folder: folder, ct: Ct))
            Assert.Equal(0, third.PendingCallbacks);
        Directory.Delete(folder, recursive: true);
    }

    private async Task<IReadOnlyList<JsonObject>> Events(int count)
    {
        await Settled();
        var events = App.Calls.SelectMany(call => call.MailEvents(Simulator.App.WebhookPublicKey)).ToArray();
        Assert.Equal(count, events.Length);
        return events;
    }

    private async Task Settled()
    {
        while (Simulator.PendingCallbacks > 0)
            await Task.Delay(10, Ct);
    }
}

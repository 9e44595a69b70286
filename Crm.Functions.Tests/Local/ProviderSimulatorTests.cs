using System.Net;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

public sealed class ProviderSimulatorTests : SimulatorTest
{
    [Fact]
    public async Task A_fault_hits_the_next_calls_and_is_then_over()
    {
        (await Client.PostAsJsonAsync("/simulate/fault", new { provider = "sendgrid", status = 503, count = 2 }, Ct)).EnsureSuccessStatusCode();

        foreach (var expected in new[] { 503, 503, 202 })
        {
            using var response = await Send(Mail());
            Assert.Equal(expected, (int)response.StatusCode);
        }

        Assert.Equal(3, Simulator.Mailbox.Messages().Count);
    }

    [Fact]
    public async Task A_fault_lasts_until_it_is_lifted()
    {
        (await Client.PostAsJsonAsync("/simulate/fault", new { provider = "sendgrid", status = 429 }, Ct)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Send(Mail())).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Send(Mail())).StatusCode);

        (await Client.DeleteAsync(new Uri("/simulate/fault", UriKind.Relative), Ct)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Accepted, (await Send(Mail())).StatusCode);
    }

    [Fact]
    public async Task A_caller_that_goes_away_while_the_vendor_is_slow_leaves_no_mail()
    {
        Simulator.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 1500, Count = 1 });
        using var gone = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Send(Mail(), gone.Token));

        // As slow again: by the time this one is accepted, the first would have been.
        Simulator.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 1700, Count = 1 });
        var second = Mail();
        second["personalizations"]!.AsArray().RemoveAt(1);
        Assert.Equal(HttpStatusCode.Accepted, (await Send(second)).StatusCode);
        Assert.Equal(["ann@a.test"], Simulator.Mailbox.Messages().Select(m => m.To));
    }

    [Fact]
    public async Task An_unknown_timer_is_a_404_with_the_timers_there_are()
    {
        using var response = await Client.PostAsJsonAsync("/simulate/timer", new { function = "Nope" }, Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("\"timers\":[]", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clock_moves_forward_only_and_mail_is_stamped_with_it()
    {
        (await Client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = 86_400 }, Ct)).EnsureSuccessStatusCode();
        (await Client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = 86_400 }, Ct)).EnsureSuccessStatusCode();
        using var back = await Client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = -1 }, Ct);

        Assert.Equal(HttpStatusCode.BadRequest, back.StatusCode);
        Assert.Equal(172_800, Simulator.Clock.OffsetSeconds);
        (await Send(Mail())).Dispose();
        Assert.True(Simulator.Mailbox.Messages()[0].At > DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task A_lost_answer_leaves_the_mail_accepted_and_the_caller_in_doubt()
    {
        await Simulate("fault", new { provider = "sendgrid", answerLost = true, count = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => Send(MailTo("ann@a.test")));
        await Simulate("fault", new { provider = "sendgrid", answerLost = true, status = 500, count = 1 });
        Assert.Equal(HttpStatusCode.InternalServerError, (await Send(MailTo("bo@a.test"))).StatusCode);

        Assert.Equal(["bo@a.test", "ann@a.test"], Simulator.Mailbox.Messages().Select(m => m.To));
        Assert.Equal(2, Simulator.Ledger.Figures().Messages);
    }
}

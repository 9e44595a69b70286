using System.Net;
using System.Text.Json.Nodes;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

public sealed class ProviderSimulatorTests : IAsyncLifetime
{
    private ProviderSimulator _simulator = null!;
    private HttpClient _client = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ProviderSimulator.Start(ct: Ct);
        _client = new HttpClient { BaseAddress = _simulator.BaseUrl };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task A_valid_mail_is_accepted_and_lands_in_the_mailbox_once_for_each_recipient()
    {
        using var response = await Send(Mail());

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var messageId = Assert.Single(response.Headers.GetValues("X-Message-Id"));
        var messages = _simulator.Mailbox.Messages();
        Assert.Equal(["cy@b.test", "bo@b.test", "ann@a.test"], messages.Select(m => m.To));
        Assert.All(messages, m => Assert.StartsWith(messageId, m.Id, StringComparison.Ordinal));

        var ann = messages[^1];
        Assert.Equal("Crm <no-reply@crm.test>", ann.From);
        Assert.Equal("Hello Ann", ann.Subject);
        Assert.Equal("Dear Ann, -name2-", ann.Text);
        Assert.Equal("<p>Dear Ann</p>", ann.Html);
        Assert.Equal("<https://crm.test/u/1>", ann.Headers["List-Unsubscribe"]);
        Assert.Equal("reply+1@crm.test", ann.Headers["Reply-To"]);
        Assert.Equal("r1", ann.CustomArgs["recipient"]);
        Assert.Equal("c1", ann.CustomArgs["campaign"]);
        Assert.Equal("Other subject", messages[0].Subject);
    }

    public static TheoryData<string, Action<JsonObject>> Mistakes => new()
    {
        { "from", mail => mail.Remove("from") },
        { "from.email", mail => mail["from"]!["email"] = "nobody" },
        { "personalizations", mail => mail["personalizations"] = new JsonArray() },
        { "personalizations.0.to", mail => mail["personalizations"]![0]!["to"] = new JsonArray() },
        { "personalizations.0.to.0.email", mail => mail["personalizations"]![0]!["to"]![0]!["email"] = "ann@" },
        { "personalizations.0.substitutions.-x-", mail => mail["personalizations"]![0]!["substitutions"]!["-x-"] = 1 },
        { "content.0.value", mail => mail["content"]![0]!["value"] = "" },
        { "unknown", mail => mail["unknown"] = true },
        { "categories", mail => mail["categories"] = new JsonArray("a", "a") },
        { "send_at", mail => mail["send_at"] = "soon" },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_mail_is_refused_with_the_field_that_is_wrong(string field, Action<JsonObject> mistake)
    {
        var mail = Mail();
        mistake(mail);
        using var response = await Send(mail);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = (await response.Content.ReadFromJsonAsync<JsonObject>(Ct))!["errors"]!.AsArray();
        Assert.Contains(field, errors.Select(e => (string?)e!["field"]));
        Assert.Empty(_simulator.Mailbox.Messages());
    }

    [Theory]
    [InlineData("content")]
    [InlineData("subject")]
    public async Task A_mail_without_template_needs_content_and_subject(string member)
    {
        var mail = Mail();
        mail.Remove(member);
        using var refused = await Send(mail);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains($"{member} is required", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);

        mail["template_id"] = "d-1";
        using var accepted = await Send(mail);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task A_mail_without_a_key_or_without_json_is_refused()
    {
        using var noKey = await _client.PostAsJsonAsync("/v3/mail/send", Mail(), Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, noKey.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/mail/send") { Content = new StringContent("{") };
        request.Headers.Add("Authorization", "Bearer SG.local");
        using var noJson = await _client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, noJson.StatusCode);
        Assert.Empty(_simulator.Mailbox.Messages());
    }

    [Fact]
    public async Task The_mailbox_filters_by_address_and_kind_and_lists_the_newest_first()
    {
        (await Send(Mail())).Dispose();
        _simulator.Mailbox.Add([new SentMessage("sms-1", "sms", "+14155550100", "+14155550101") { Text = "Hi" }]);

        Assert.Equal(["+14155550100", "cy@b.test", "bo@b.test", "ann@a.test"], await Mailbox(""));
        Assert.Equal(["ann@a.test"], await Mailbox("?to=ANN%40a.test"));
        Assert.Equal(["+14155550100"], await Mailbox("?kind=sms"));
        Assert.Equal(["+14155550100"], await Mailbox("?to=%2B14155550100"));
        Assert.Empty(await Mailbox("?to=ann%40a.test&kind=sms"));

        async Task<IEnumerable<string>> Mailbox(string query) =>
            (await _client.GetFromJsonAsync<JsonArray>($"/mailbox.json{query}", Ct))!.Select(m => (string)m!["to"]!);
    }

    [Fact]
    public async Task A_mailbox_with_a_file_outlives_the_stack_and_keeps_the_newest()
    {
        var file = Path.Combine(Path.GetTempPath(), $"crm-mailbox-{Guid.NewGuid():N}.jsonl");
        using (var mailbox = new Mailbox(file))
        {
            mailbox.Add([.. Enumerable.Range(0, Mailbox.Kept).Select(number => new SentMessage($"{number}", "email", "ann@a.test", "crm"))]);
            for (var number = 0; number < 1_000; number++)
                mailbox.Add([new("last", "email", "bo@b.test", "crm")
                {
                    Headers = new Dictionary<string, string> { ["Number"] = $"{number}" },
                    At = DateTimeOffset.UnixEpoch,
                }]);
            Assert.InRange(mailbox.Messages().Count, Mailbox.Kept, Mailbox.Kept + 500);
        }

        // Killed in the middle of a line.
        await File.AppendAllTextAsync(file, "{\"Id\":\"half", Ct);
        await using (var simulator = await ProviderSimulator.Start(mailFile: file, ct: Ct))
        {
            Assert.Equal(Mailbox.Kept, simulator.Mailbox.Messages().Count);
            var newest = simulator.Mailbox.Messages()[0];
            Assert.Equal(("last", "999", DateTimeOffset.UnixEpoch), (newest.Id, newest.Headers["Number"], newest.At));
            Assert.Equal(1_000, simulator.Mailbox.Messages("bo@b.test").Count);
            simulator.Mailbox.Add([new("after", "sms", "+1", "crm")]);
        }

        using (var again = new Mailbox(file))
            Assert.Equal("after", again.Messages()[0].Id);
        File.Delete(file);
    }

    [Fact]
    public async Task A_fault_hits_the_next_calls_and_is_then_over()
    {
        (await _client.PostAsJsonAsync("/simulate/fault", new { provider = "sendgrid", status = 503, count = 2 }, Ct)).EnsureSuccessStatusCode();

        foreach (var expected in new[] { 503, 503, 202 })
        {
            using var response = await Send(Mail());
            Assert.Equal(expected, (int)response.StatusCode);
        }

        Assert.Equal(3, _simulator.Mailbox.Messages().Count);
    }

    [Fact]
    public async Task A_fault_lasts_until_it_is_lifted()
    {
        (await _client.PostAsJsonAsync("/simulate/fault", new { provider = "sendgrid", status = 429 }, Ct)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Send(Mail())).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Send(Mail())).StatusCode);

        (await _client.DeleteAsync(new Uri("/simulate/fault", UriKind.Relative), Ct)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Accepted, (await Send(Mail())).StatusCode);
    }

    [Fact]
    public async Task A_caller_that_goes_away_while_the_vendor_is_slow_leaves_no_mail()
    {
        _simulator.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 1500, Count = 1 });
        using var gone = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Send(Mail(), gone.Token));

        // As slow again: by the time this one is accepted, the first would have been.
        _simulator.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = 1700, Count = 1 });
        var second = Mail();
        second["personalizations"]!.AsArray().RemoveAt(1);
        Assert.Equal(HttpStatusCode.Accepted, (await Send(second)).StatusCode);
        Assert.Equal(["ann@a.test"], _simulator.Mailbox.Messages().Select(m => m.To));
    }

    [Fact]
    public async Task An_unknown_timer_is_a_404_with_the_timers_there_are()
    {
        using var response = await _client.PostAsJsonAsync("/simulate/timer", new { function = "Nope" }, Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("\"timers\":[]", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clock_moves_forward_only_and_mail_is_stamped_with_it()
    {
        (await _client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = 86_400 }, Ct)).EnsureSuccessStatusCode();
        (await _client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = 86_400 }, Ct)).EnsureSuccessStatusCode();
        using var back = await _client.PostAsJsonAsync("/simulate/clock", new { advanceSeconds = -1 }, Ct);

        Assert.Equal(HttpStatusCode.BadRequest, back.StatusCode);
        Assert.Equal(172_800, _simulator.Clock.OffsetSeconds);
        (await Send(Mail())).Dispose();
        Assert.True(_simulator.Mailbox.Messages()[0].At > DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task The_mailbox_page_is_one_html_document()
    {
        using var response = await _client.GetAsync(new Uri("/mailbox", UriKind.Relative), Ct);

        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("<!doctype html>", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    private static JsonObject Mail() => JsonNode.Parse("""
        {
          "from": { "email": "no-reply@crm.test", "name": "Crm" },
          "reply_to": { "email": "reply+1@crm.test" },
          "subject": "Hello -name-",
          "content": [
            { "type": "text/plain", "value": "Dear -name-, -name2-" },
            { "type": "text/html", "value": "<p>Dear -name-</p>" }
          ],
          "headers": { "List-Unsubscribe": "<https://crm.test/u/0>" },
          "custom_args": { "campaign": "c1", "recipient": "none" },
          "personalizations": [
            {
              "to": [{ "email": "ann@a.test" }],
              "substitutions": { "-name-": "Ann" },
              "headers": { "List-Unsubscribe": "<https://crm.test/u/1>" },
              "custom_args": { "recipient": "r1" }
            },
            { "to": [{ "email": "bo@b.test", "name": "Bo" }, { "email": "cy@b.test" }], "subject": "Other subject" }
          ]
        }
        """)!.AsObject();

    private async Task<HttpResponseMessage> Send(JsonObject mail, CancellationToken? ct = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/mail/send") { Content = JsonContent.Create(mail) };
        request.Headers.Add("Authorization", "Bearer SG.local");
        return await _client.SendAsync(request, ct ?? Ct);
    }
}

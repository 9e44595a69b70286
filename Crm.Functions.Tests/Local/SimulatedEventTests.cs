using System.Text.Json.Nodes;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Local;

/// <summary>What a test or a person lets happen to a message that was sent.</summary>
public sealed class SimulatedEventTests : SimulatorTest
{
    private const string Tracked = """
        <p><a href="https://shop.example/untracked">a</a> <a href='http://crm.test/t/c/abc.1?x=1&amp;y=2'>b</a> <a href="http://crm.test/t/c/abc.2">c</a></p>
        <img src="https://shop.example/logo.png"><img width=1 src="http://crm.test/t/o/abc.gif"></body>
        """;

    [Fact]
    public async Task Who_opens_a_mail_fetches_its_pixel_as_a_browser_does()
    {
        var id = await SendHtml(Tracked);
        var answer = await Simulate("event", new { messageId = id, @event = "open" });

        Assert.Equal(("fetched as a browser does", 200), ((string)answer["how"]!, (int)answer["status"]!));
        var call = Assert.Single(App.Calls);
        Assert.Equal("GET /t/o/abc.gif", $"{call.Method} {call.Path}");
        Assert.Contains("Chrome/", call.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("open", Simulator.Mailbox.Messages()[0].Status);
    }

    [Theory]
    [InlineData(null, "/t/c/abc.1?x=1&y=2")]
    [InlineData("http://crm.test/t/c/abc.2", "/t/c/abc.2")]
    public async Task Who_clicks_fetches_the_tracked_link_and_goes_no_further(string? url, string path)
    {
        App.Answers = _ => 302;
        await SendHtml(Tracked);
        var answer = await Simulate("event", new { recipient = "ANN@a.test", @event = "click", url });

        Assert.Equal((302, "https://shop.example/"), ((int)answer["status"]!, (string)answer["leads"]!));
        Assert.Equal(path, Assert.Single(App.Calls).Path);
    }

    [Fact]
    public async Task Without_a_pixel_or_a_link_of_the_apps_the_vendor_tells_it()
    {
        await SendHtml("<a href=\"https://shop.example/a\">a</a><img src=\"https://shop.example/o.gif\">");
        await Simulate("event", new { recipient = "ann@a.test", @event = "open" });
        await Simulate("event", new { recipient = "ann@a.test", @event = "click" });

        var events = Events();
        Assert.Equal(["open", "click"], events.Select(e => (string)e["event"]!));
        Assert.Equal("https://shop.example/a", (string)events[1]["url"]!);
        Assert.False((bool)events[0]["sg_machine_open"]!);
    }

    [Fact]
    public async Task Unsubscribing_posts_the_one_click_address_where_there_is_one()
    {
        await SendHtml("<p>Hi</p>", new JsonObject
        {
            ["List-Unsubscribe"] = "<mailto:out@crm.test>, <http://crm.test/u/tok>",
            ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
        });
        await Simulate("event", new { recipient = "ann@a.test", @event = "unsubscribe" });

        var call = Assert.Single(App.Calls);
        Assert.Equal(("POST /u/tok", "List-Unsubscribe=One-Click"), ($"{call.Method} {call.Path}", call.Text));

        await SendHtml("<p>Hi</p>");
        await Simulate("event", new { recipient = "ann@a.test", @event = "unsubscribe" });
        Assert.Equal("unsubscribe", (string)Assert.Single(Events(skip: 1))["event"]!);
    }

    [Fact]
    public async Task A_late_bounce_does_not_say_which_mail_it_was()
    {
        var id = await SendHtml("<p>Hi</p>");
        foreach (var kind in new[] { "bounce", "delivered", "block", "dropped", "spamreport", "deferred" })
            await Simulate("event", new { messageId = id, @event = kind });

        var events = Events();
        Assert.Equal(["bounce", "delivered", "bounce", "dropped", "spamreport", "deferred"], events.Select(e => (string)e["event"]!));
        Assert.StartsWith(id.Split('.')[0], (string)events[0]["sg_message_id"]!, StringComparison.Ordinal);
        // What is told late takes nothing back.
        Assert.Equal("spamreport", Simulator.Mailbox.Messages()[0].Status);
        Assert.Equal(("bounce", "blocked"), ((string)events[0]["type"]!, (string)events[2]["type"]!));
        Assert.False(events[2].ContainsKey("sg_message_id"));
        Assert.Equal("d-ann@a.test", (string)events[2]["delivery_id"]!);
    }

    [Fact]
    public async Task An_event_by_recipient_means_the_latest_message_and_an_unknown_one_is_said()
    {
        await SendHtml("<img src=\"http://crm.test/t/o/first.gif\">");
        await SendHtml("<img src=\"http://crm.test/t/o/second.gif\">");
        await Simulate("event", new { recipient = "ann@a.test", @event = "open" });
        Assert.Equal("/t/o/second.gif", Assert.Single(App.Calls).Path);

        await Simulate("event", new { recipient = "bo@a.test", @event = "open" }, 404);
        await Simulate("event", new { messageId = "nope", @event = "open" }, 404);
        await Simulate("event", new { recipient = "ann@a.test", @event = "explode" }, 400);
        await Simulate("event", new { recipient = "ann@a.test", @event = "click" }, 400);
        await Simulate("event", new { recipient = "ann@a.test", @event = "click", url = "here" }, 400);
        App.Answers = _ => 401;
        Assert.Equal(401, (int)(await Simulate("event", new { recipient = "ann@a.test", @event = "bounce" }, 502))["status"]!);
    }

    [Fact]
    public async Task The_vendors_id_means_a_message_when_it_covers_no_other()
    {
        await SendHtml("<p>Hi</p>");
        await Simulate("event", new { messageId = Simulator.Mailbox.Messages()[0].MessageId, @event = "open" });
        (await Send(MailTo("ann@a.test", "bo@a.test"))).Dispose();
        await Simulate("event", new { messageId = Simulator.Mailbox.Messages()[0].MessageId, @event = "open" }, 404);
    }

    [Fact]
    public async Task A_text_message_can_be_followed_stopped_and_get_lost()
    {
        const string Callback = "http://crm.test/webhooks/twilio/status?deliveryId=d1";
        Simulator.Mailbox.Add([new SentMessage("SM1", "sms", "+14155550100", "+15005550006")
        {
            Text = "See http://crm.test/t/c/abc.1.",
            Headers = new Dictionary<string, string> { ["StatusCallback"] = Callback },
        }]);
        await Simulate("event", new { messageId = "SM1", @event = "undelivered" });
        await Simulate("event", new { messageId = "SM1", @event = "click" });
        await Simulate("event", new { messageId = "SM1", @event = "unsubscribe" });
        await Simulate("event", new { messageId = "SM1", @event = "bounce" }, 400);

        Assert.Equal(3, App.Calls.Count);
        var (status, stop) = (App.Calls[0].Form(Simulator.App.AuthToken), App.Calls[2].Form(Simulator.App.AuthToken));
        Assert.Equal(("undelivered", "30003"), (status["MessageStatus"], status["ErrorCode"]));
        Assert.Equal("/t/c/abc.1", App.Calls[1].Path);
        Assert.Equal(("STOP", "+14155550100"), (stop["Body"], stop["From"]));
    }

    [Fact]
    public async Task Nobody_but_the_app_is_ever_called()
    {
        await using var stranger = await StandInApp.Start();
        var address = stranger.Address.ToString().TrimEnd('/');
        await SendHtml($"<img src=\"{address}/t/o/x.gif\"><a href=\"{address}/t/c/x.1\">a</a>", new JsonObject
        {
            ["List-Unsubscribe"] = $"<{address}/u/x>",
            ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
        });
        foreach (var kind in new[] { "open", "click", "unsubscribe" })
            await Simulate("event", new { recipient = "ann@a.test", @event = kind });

        Assert.Empty(stranger.Calls);
        Assert.Equal(["open", "click", "unsubscribe"], Events().Select(e => (string)e["event"]!));
    }

    private async Task<string> SendHtml(string html, JsonObject? headers = null)
    {
        var mail = MailTo("ann@a.test");
        mail["content"]![1]!["value"] = html;
        mail["headers"] = headers ?? [];
        (await Send(mail)).EnsureSuccessStatusCode().Dispose();
        return Simulator.Mailbox.Messages()[0].Id;
    }

    private IReadOnlyList<JsonObject> Events(int skip = 0) => [.. App.Calls.Skip(skip).SelectMany(call => call.MailEvents(Simulator.App.WebhookPublicKey))];
}

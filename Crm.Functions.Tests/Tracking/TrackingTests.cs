using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Sending;

namespace Crm.Functions.Tests.Tracking;

public sealed class TrackingTests(OwnApp own) : IClassFixture<OwnApp>
{
    private const string Browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile Safari/604.1";

    private readonly TestApp _app = own.App;

    [Fact]
    public async Task The_picture_counts_who_opened_and_never_fails()
    {
        var ledger = await Sent(2);
        var pixel = (await Get($"/t/o/{Token(ledger, 1)}.gif")).Expect(200);
        Assert.Equal(("image/gif", "43"), (pixel.Headers["Content-Type"], pixel.Headers["Content-Length"]));
        Assert.Contains("no-store", pixel.Headers["Cache-Control"], StringComparison.Ordinal);
        await Get($"/t/o/{Token(ledger, 2)}.gif", "Barracuda Sentinel (EE)");
        Assert.Equal(("opened", "opened"), (await ledger.Status(1), await ledger.Status(2)));
        Assert.Equal((true, false), (await ledger.Value<bool>(1, "human_opened_at is not null"), await ledger.Value<bool>(2, "human_opened_at is not null")));

        await Get($"/api/t/o/{Token(ledger, 2)}.gif");
        Assert.True(await ledger.Value<bool>(2, "human_opened_at is not null"));
        var nothing = await Statements.Of(() => Get($"/t/o/{Token(ledger, 2)}.gif"));
        Assert.Single(nothing);

        foreach (var token in new[]
        {
            "x.gif", Token(ledger, 1), $"{new string('A', 54)}.gif", Token(ledger, 1, RecipientTokens.Unsubscribe) + ".gif",
            RecipientTokens.Of([1], ledger.Org.Id, ledger.Deliveries[0], RecipientTokens.Track) + ".gif",
        })
            Assert.Equal("image/gif", (await Get($"/t/o/{token}")).Expect(200).Headers["Content-Type"]);
    }

    [Fact]
    public async Task The_picture_is_a_picture_though_the_database_is_down()
    {
        var ledger = await Sent(1);
        await _app.Sql("alter table campaign_links rename to elsewhere");
        try
        {
            (await Get($"/t/o/{Token(ledger, 1)}.gif")).Expect(200);
        }
        finally
        {
            await _app.Sql("alter table elsewhere rename to campaign_links");
        }

        Assert.Equal("sent", await ledger.Status(1));
    }

    [Fact]
    public async Task A_link_leads_where_the_campaign_says_and_nowhere_else()
    {
        var ledger = await Sent(1);
        await Link(ledger, 1, "https://acme.test/größe?a=b&c=d#e");
        await Link(ledger, 2, "javascript:alert(1)");

        var reply = (await Get($"/t/c/{Token(ledger, 1)}.1")).Expect(302);
        Assert.Equal("https://acme.test/gr%C3%B6%C3%9Fe?a=b&c=d#e", reply.Headers["Location"]);
        Assert.Equal(("no-store", "no-referrer"), (reply.Headers["Cache-Control"], reply.Headers["Referrer-Policy"]));
        Assert.Equal("clicked", await ledger.Status(1));
        Assert.True(await ledger.Value<bool>(1, "human_clicked_at is not null and human_opened_at is not null and delivered_at is not null"));
        await Get($"/t/c/{Token(ledger, 1)}.1");
        Assert.Equal("2 1 1", await Clicks(ledger));

        foreach (var token in new[]
        {
            $"{Token(ledger, 1)}.2", $"{Token(ledger, 1)}.3", $"{Token(ledger, 1)}.-1", $"{Token(ledger, 1)}.99999999999", Token(ledger, 1), "x.1", "1.1.1",
            RecipientTokens.Of([1], ledger.Org.Id, ledger.Deliveries[0], RecipientTokens.Track) + ".1",
            RecipientTokens.Of(ledger.Key, Guid.Empty, ledger.Deliveries[0], RecipientTokens.Track) + ".1",
        })
        {
            var unknown = (await Get($"/t/c/{token}")).Expect(404);
            Assert.StartsWith("text/html", unknown.Headers["Content-Type"], StringComparison.Ordinal);
            Assert.Contains("This link does not work", unknown.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Machines_are_told_apart_from_people()
    {
        var ledger = await Sent(3);
        for (var number = 1; number <= 4; number++)
            await Link(ledger, number, $"https://acme.test/{number}");

        // Looked at, or by a scanner.
        await _app.Anonymous.Send(HttpMethod.Head, $"/t/c/{Token(ledger, 1)}.1", null, ("User-Agent", Browser));
        await Get($"/t/c/{Token(ledger, 1)}.2", "python-requests/2.32");
        Assert.Equal(("clicked", true), (await ledger.Status(1), await ledger.Value<bool>(1, "human_clicked_at is null and human_opened_at is null")));

        // Every link at once, as a browser: the first two are taken back.
        foreach (var number in new[] { 1, 2 })
            await Get($"/t/c/{Token(ledger, 2)}.{number}");
        Assert.True(await ledger.Value<bool>(2, "human_clicked_at is not null"));
        await Task.WhenAll(Get($"/t/c/{Token(ledger, 2)}.3"), Get($"/t/c/{Token(ledger, 2)}.4"));
        Assert.Equal(("clicked", true), (await ledger.Status(2), await ledger.Value<bool>(2, "human_clicked_at is null and human_opened_at is null")));
        Assert.Equal(0, await _app.Scalar<long>(
            "select count(*) from delivery_clicks where organization_id = $1 and delivery_id = $2 and human_clicked_at is not null",
            ledger.Org.Id, ledger.Deliveries[1]));

        // A person later on is one all the same.
        _app.Clock.Advance(TimeSpan.FromMinutes(1));
        await Get($"/t/c/{Token(ledger, 2)}.3");
        Assert.True(await ledger.Value<bool>(2, "human_clicked_at is not null"));
        Assert.Equal("0 0 1", await _app.Scalar<string>(
            "select concat_ws(' ', sum(human_clicked) - 1, sum(human_opened) - 1, sum(human_clicked)) from campaign_totals where organization_id = $1",
            ledger.Org.Id));
    }

    [Fact]
    public async Task Unsubscribing_needs_a_button_and_no_sign_in()
    {
        var ledger = await Sent(1);
        await _app.Sql("update organizations set name = 'Acme <b> & Sons' where id = $1", ledger.Org.Id);
        var path = $"/u/{Token(ledger, 1, RecipientTokens.Unsubscribe)}";

        var page = (await Get(path)).Expect(200);
        Assert.Contains("Acme &lt;b&gt; &amp; Sons", page.Body, StringComparison.Ordinal);
        Assert.Contains("<form method=\"post\">", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("ledger.test", page.Body, StringComparison.Ordinal);
        Assert.Equal("sent", await ledger.Status(1));

        using var press = new FormUrlEncodedContent([]);
        var done = (await _app.Anonymous.Post(path, press)).Expect(200);
        Assert.Contains("You are unsubscribed", done.Body, StringComparison.Ordinal);
        Assert.Equal(("unsubscribed", "unsubscribed"), (await ledger.Status(1), await ledger.Suppressed("c1@ledger.test")));
        Assert.True((await ledger.Org.Owner.Get($"/contacts/{ledger.Contacts[0]}")).Data.GetProperty("unsubscribedEmail").GetBoolean());

        using var again = new FormUrlEncodedContent([]);
        (await _app.Anonymous.Post(path, again)).Expect(200);
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from timeline_entries where contact_id = $1", ledger.Contacts[0]));
    }

    [Fact]
    public async Task A_mail_program_unsubscribes_with_one_click()
    {
        var ledger = await Sent(2, "sms");
        using var form = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        var reply = (await _app.Anonymous.Post($"/u/{Token(ledger, 1, RecipientTokens.Unsubscribe)}", form)).Expect(200);
        Assert.Equal("", reply.Body);
        Assert.Equal(("unsubscribed", "unsubscribed"), (await ledger.Status(1), await ledger.Suppressed("+14155550001")));
        using var multipart = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        Assert.Equal("", (await _app.Anonymous.Post($"/u/{Token(ledger, 2, RecipientTokens.Unsubscribe)}", multipart)).Expect(200).Body);
        (await _app.Anonymous.Post($"/u/{Token(ledger, 2, RecipientTokens.Unsubscribe)}", "{")).Expect(200);

        (await _app.Anonymous.Post($"/u/{Token(ledger, 1)}")).Expect(404);
        (await Get($"/u/{Token(ledger, 1)}")).Expect(404);
        (await Get("/u/x")).Expect(404);
    }

    private async Task<Ledger> Sent(int count, string channel = "email")
    {
        var ledger = await Ledger.Create(_app, count, channel);
        await ledger.SetSent();
        return ledger;
    }

    private Task<TestReply> Get(string path, string agent = Browser) => _app.Anonymous.Get(path, ("User-Agent", agent));

    private static string Token(Ledger ledger, int number, string purpose = RecipientTokens.Track) =>
        RecipientTokens.Of(ledger.Key, ledger.Org.Id, ledger.Deliveries[number - 1], purpose);

    private Task Link(Ledger ledger, int number, string url) => _app.Sql(
        "insert into campaign_links (organization_id, campaign_id, number, url) values ($1, $2, $3, $4)", ledger.Org.Id, ledger.Campaign, number, url);

    private Task<string> Clicks(Ledger ledger) => _app.Scalar<string>(
        "select concat_ws(' ', sum(clicks), sum(recipients), sum(humans)) from campaign_link_totals where organization_id = $1", ledger.Org.Id);
}

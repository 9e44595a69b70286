using System.Globalization;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Sending;
using Crm.Shared.Integrations.SendGrid;

namespace Crm.Functions.Tests.Webhooks;

public sealed class MailEventTests(TestServices services, SignedVendors.App own) : IClassFixture<SignedVendors.App>
{
    private readonly TestApp _app = own.Test;

    [Fact]
    public async Task What_SendGrid_tells_moves_messages_forward_once()
    {
        var ledger = await Ledger.Create(_app, 6);
        await ledger.SetSent();
        var (id, organization_id, timestamp) = (Guid.NewGuid().ToString("N"), ledger.Org.Id, 1772352060);
        object[] events =
        [
            Told(ledger, 1, "delivered", id + 1), Told(ledger, 2, "open", id + 2), Told(ledger, 3, "click", id + 3),
            new { @event = "open", timestamp, sg_event_id = id + 7, organization_id, delivery_id = ledger.Deliveries[5], sg_machine_open = true },
            new
            {
                @event = "bounce", type = "bounce", timestamp, sg_event_id = id + 4, organization_id, delivery_id = ledger.Deliveries[3],
                reason = "550 unknown", status = "5.1.1",
            },
            new { @event = "bounce", type = "blocked", timestamp, sg_event_id = id + 5, organization_id, delivery_id = ledger.Deliveries[4], reason = "421" },
        ];

        (await _app.MailEvents(events)).Expect(204);
        (await _app.MailEvents(events)).Expect(204);
        foreach (var number in new[] { 1, 2, 3, 4, 5, 7 })
            Assert.Equal("processed", (await _app.Processed(id + number)).Status);

        Assert.Equal(
            ["delivered", "opened", "clicked", "bounced", "bounced", "opened"],
            await Task.WhenAll(Enumerable.Range(1, 6).Select(ledger.Status)));
        Assert.Equal(("5.1.1: 550 unknown", true), (await ledger.Value<string>(4, "error"), await ledger.Value<bool>(6, "human_opened_at is null")));
        Assert.Equal(("bounced", ""), (await ledger.Suppressed("c4@ledger.test"), await ledger.Suppressed("c5@ledger.test")));
        Assert.Equal("msg", await ledger.Value<string>(1, "provider_id"));
        Assert.Equal(6, await _app.Scalar<long>("select count(*) from provider_events where event_id like $1", id + "%"));
        Assert.True(await _app.Scalar<bool>("select heard_at > $1 from provider_pulses where provider = 'sendgrid'", _app.Clock.GetUtcNow().AddMinutes(-1)));
    }

    [Theory]
    [InlineData("Bounced Address", "bounced")]
    [InlineData("Unsubscribed Address", "unsubscribed")]
    [InlineData("Spam Reporting Address", "complained")]
    [InlineData("Invalid", "bounced")]
    [InlineData("Invalid SMTPAPI header", "")]
    [InlineData("Spam Content (if Spam Checker app enabled)", "")]
    public async Task What_was_dropped_suppresses_as_its_reason_says(string reason, string suppression)
    {
        var ledger = await Ledger.Create(_app, 1);
        await ledger.SetSent();
        var id = Guid.NewGuid().ToString("N");
        await _app.MailEvents(
            new { @event = "dropped", sg_event_id = id, timestamp = 1772352060, organization_id = ledger.Org.Id, delivery_id = ledger.Deliveries[0], reason });
        await _app.Processed(id);
        Assert.Equal(("failed", suppression), (await ledger.Status(1), await ledger.Suppressed("c1@ledger.test")));
    }

    [Fact]
    public async Task A_thousand_events_are_stored_by_one_statement_and_processed()
    {
        var ledger = await Ledger.Create(_app, 250);
        await ledger.SetSent();
        var id = Guid.NewGuid().ToString("N");
        var events = Enumerable.Range(0, 1000)
            .Select(number => Told(ledger, number % 250 + 1, number < 500 ? "processed" : "delivered", id + number.ToString(CultureInfo.InvariantCulture)))
            .ToArray();
        var sent = await Statements.Of(async () => (await _app.MailEvents(events)).Expect(204));
        Assert.Single(sent, statement => statement.Contains("insert into provider_events", StringComparison.Ordinal));
        await _app.Processed(id + "999");
        await _app.Processed(id + "0");
        await _app.Processed(id + "499");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Scalar<long>(
            "select count(*) from deliveries where organization_id = $1 and status <> 'delivered'", ledger.Org.Id) > 0)
            await Task.Delay(30, patience.Token);
    }

    [Fact]
    public async Task What_belongs_to_nothing_is_parked_for_owners_who_try_it_again_when_it_does()
    {
        var ledger = await Ledger.Create(_app, 1);
        var (id, delivery) = (Guid.NewGuid().ToString("N"), Guid.CreateVersion7());
        await _app.MailEvents(
            new { @event = "delivered", sg_event_id = id + 1, organization_id = ledger.Org.Id, delivery_id = delivery },
            new { @event = "delivered", sg_event_id = id + 2, organization_id = ledger.Org.Id },
            new { @event = "delivered", sg_event_id = id + 3, organization_id = Guid.NewGuid(), delivery_id = ledger.Deliveries[0] },
            new { @event = "something_new", sg_event_id = id + 4, organization_id = ledger.Org.Id, delivery_id = ledger.Deliveries[0] },
            new { @event = 7, sg_event_id = id + 5, organization_id = ledger.Org.Id, delivery_id = ledger.Deliveries[0] },
            new { @event = "group_resubscribe", sg_event_id = id + 6 });
        var parked = await _app.Processed(id + 1);
        Assert.Equal("parked", parked.Status);
        foreach (var number in new[] { 2, 3, 4, 5 })
            Assert.Equal("parked", (await _app.Processed(id + number)).Status);
        Assert.Equal("processed", (await _app.Processed(id + 6)).Status);

        var shown = (await ledger.Org.Owner.Get("/webhooks/events?pageSize=3")).Expect(200).Data;
        Assert.Equal(4, shown.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
        (await ledger.Org.Manager.Get("/webhooks/events")).Expect(403);
        var other = await _app.NewOrganization();
        (await other.Owner.Post($"/webhooks/events/{parked.Id}/replay")).Expect(404, "EVENT_NOT_FOUND");

        await _app.Sql("update deliveries set id = $2, state = 'sent' where organization_id = $1", ledger.Org.Id, delivery);
        Assert.Equal(1, (await ledger.Org.Owner.Post($"/webhooks/events/{parked.Id}/replay")).Expect(200).Data.GetProperty("replayed").GetInt32());
        Assert.Equal("processed", (await _app.Processed(id + 1)).Status);
        Assert.Equal("delivered", await _app.Scalar<string>("select status from deliveries where organization_id = $1", ledger.Org.Id));

        Assert.Equal(3, (await ledger.Org.Owner.Post("/webhooks/events/replay", new { })).Expect(200).Data.GetProperty("replayed").GetInt32());
        Assert.Equal("parked", (await _app.Processed(id + 2)).Status);
    }

    [Fact]
    public async Task A_transactional_mail_that_came_back_says_so()
    {
        var org = await _app.NewOrganization();
        (await org.Owner.Post("/auth/invite", new { email = "sam@bounce.test", role = "staff" })).Expect(201);
        var mail = await _app.Scalar<Guid>("select id from emails where organization_id = $1", org.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await _app.Scalar<string>("select status from emails where id = $1", mail) != "sent")
            await Task.Delay(30, patience.Token);
        var id = Guid.NewGuid().ToString("N");
        await _app.MailEvents(
            new { @event = "delivered", sg_event_id = id + 1, email_id = mail },
            new { @event = "bounce", sg_event_id = id + 2, email_id = mail, reason = "550 no" });
        Assert.Equal(("processed", "processed"), ((await _app.Processed(id + 1)).Status, (await _app.Processed(id + 2)).Status));
        Assert.Equal("bounce: 550 no", await _app.Scalar<string>("select error from emails where id = $1", mail));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("[{\"event\":\"open\"},null]")]
    [InlineData("[{\"event\":")]
    [InlineData("[\u0001]")]
    public async Task What_is_no_list_of_events_is_refused(string body) => (await _app.MailEvents(body)).Expect(400, "VALIDATION_ERROR");

    [Fact]
    public async Task Odd_events_are_kept_and_parked()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 60)) + string.Concat(Enumerable.Repeat("]", 60));
        (await _app.MailEvents(
            "[{},{\"sg_event_id\":\"\\ud800\"},{\"sg_event_id\":\"\\u0000\",\"event\":\"\\u0000\"},{\"x\":" + deep + "},"
            + "{\"event\":\"open\",\"timestamp\":1e300,\"delivery_id\":\"01990000-0000-7000-8000-000000000000\",\"organization_id\":{}}]")).Expect(204);
        (await _app.MailEvents("[]")).Expect(204);
        (await _app.MailEvents("[{\"x\":" + string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100)) + "}]")).Expect(400);
    }

    [Fact]
    public async Task Only_what_is_signed_is_stored_and_nothing_without_the_key()
    {
        var body = JsonSerializer.Serialize(new[] { new { @event = "open", sg_event_id = Guid.NewGuid().ToString() } });
        (await _app.Anonymous.Post("/webhooks/sendgrid/events", body)).Expect(400, "INVALID_SIGNATURE");
        (await _app.Anonymous.Post(
            "/webhooks/sendgrid/events", body + " ", (EventSignature.Header, SignedVendors.SignMail(System.Text.Encoding.UTF8.GetBytes(body))),
            (EventSignature.TimestampHeader, SignedVendors.Timestamp))).Expect(400, "INVALID_SIGNATURE");
        (await _app.MailEvents(body, "/api")).Expect(204);
        await using var bare = await services.StartApp(settings => settings["SendGrid:WebhookPublicKey"] = "");
        (await bare.Anonymous.Post("/webhooks/sendgrid/events", body)).Expect(503, "PROVIDER_NOT_CONFIGURED");
    }

    [Fact]
    public async Task Events_whose_message_was_lost_are_found_by_the_sweep()
    {
        var ledger = await Ledger.Create(_app, 1);
        await ledger.SetSent();
        var id = Guid.NewGuid().ToString("N");
        await _app.Sql(
            """
            insert into provider_events (id, provider, event_id, organization_id, body, received_at)
            values (gen_random_uuid(), 'sendgrid', $1, $2, $3, $4)
            """,
            id, ledger.Org.Id, JsonSerializer.Serialize(new { @event = "delivered", delivery_id = ledger.Deliveries[0] }),
            _app.Clock.GetUtcNow().AddMinutes(-2));
        await _app.RunTimer("SweepProviderEvents");
        await _app.Processed(id);
        Assert.Equal("delivered", await ledger.Status(1));
    }

    private static object Told(Ledger ledger, int number, string what, string id) => new
    {
        email = "x",
        @event = what,
        timestamp = 1772352060,
        sg_event_id = id,
        sg_message_id = "msg.filter0001-1-1.0",
        organization_id = ledger.Org.Id,
        delivery_id = ledger.Deliveries[number - 1],
    };
}

using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Invoices;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.WebhookEndpoints;

/// <summary>Events go to the endpoints that ask for them, at least once, whatever becomes of either side.</summary>
public sealed class DeliverWebhookTests(OwnApp own) : IClassFixture<OwnApp>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestApp _app = own.App;

    /// <summary>When the latest delivery was tried as <see cref="Tried"/> last saw it.</summary>
    private DateTimeOffset? _tried;

    [Fact]
    public async Task An_event_comes_signed_and_says_what_happened_by_whom()
    {
        await using var receiver = await WebhookReceiver.Open();
        var (org, other) = (await _app.NewOrganization(), await _app.NewOrganization());
        var (_, secret) = await Add(org, receiver, "contact.created", "deal.won");
        var contact = await org.AddContact(org.Staff);
        await other.AddContact(other.Owner);
        (await org.Owner.Patch($"/contacts/{contact}", new { company = "Northwind" })).Expect(200);
        var sales = await Sales.Of(org);
        var deal = await sales.AddDeal(org.Staff, contactId: contact);
        (await sales.Move(org.Manager, deal, "Won")).Expect(200);

        var calls = await receiver.Calls(2);
        await _app.Settled(org.Id);

        Assert.Equal(2, receiver.Received.Count);
        Assert.Equal(["contact.created", "deal.won"], calls.Select(call => call.Type).Order(StringComparer.Ordinal));
        Assert.All(calls, call => Assert.True(call.IsSignedWith(secret)));
        var won = calls.Single(call => call.Type == "deal.won").Json.GetProperty("data");
        Assert.Equal(
            (org.Id, "deal", deal, org.Manager.Id), (won.Id("organizationId"), won.Text("entityType"), won.Id("entityId"), won.Id("actorId")));
        Assert.Equal(sales.Stage("Won"), won.GetProperty("facts").Id("toStageId"));
        var audited = await _app.Scalar<Guid>("select id from audit_events where organization_id = $1 and action = 'deal.won'", org.Id);
        Assert.Equal(audited.ToString(), calls.Single(call => call.Type == "deal.won").Id);
    }

    [Fact]
    public async Task Contacts_deals_invoices_payments_and_campaigns_are_heard_of()
    {
        await using var receiver = await WebhookReceiver.Open();
        var org = await _app.NewOrganization();
        await Add(org, receiver, "*");
        var contact = await org.AddContact(org.Owner, email: "ann@webhooks.test");
        await Billing.AddPayment(org.Owner, await Billing.AddInvoice(org.Owner, contact, 100, isSent: true), 100);
        (await org.Owner.Post("/campaigns", new { name = "Spring", type = "email", subject = "Hello", content = "Hello" })).Expect(201);
        // No contact came of it, and nothing is heard of it.
        (await org.Owner.Post("/contacts", new { name = "Ann", email = "ann@webhooks.test" })).Expect(409, "CONTACT_DUPLICATE");

        await receiver.Calls(5);
        await _app.Settled(org.Id);

        Assert.Equal(
            ["campaign.created", "contact.created", "invoice.created", "invoice.sent", "payment.recorded"],
            receiver.Received.Select(call => call.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_receiver_that_is_killed_and_revived_gets_every_event()
    {
        await using var receiver = await WebhookReceiver.Open();
        var org = await _app.NewOrganization();
        await Add(org, receiver, "contact.created");
        for (var round = 0; round < 4; round++)
        {
            var contacts = Enumerable.Range(0, 6).Select(_ => org.AddContact(org.Owner)).ToArray();
            if (round % 2 == 0)
                await receiver.Kill();
            await Task.WhenAll(contacts);
            await _app.Settled(org.Id);
            if (round % 2 == 0)
                await receiver.Start();
            _app.Clock.Advance(TimeSpan.FromMinutes(round));
            await _app.RunTimer("SweepWebhooks");
        }

        // A try that was on its way late is due again only after the last sweep.
        await Wait(async () =>
        {
            _app.Clock.Advance(TimeSpan.FromMinutes(1));
            await _app.RunTimer("SweepWebhooks");
            return await _app.Scalar<long>("select count(*) from webhook_deliveries where organization_id = $1 and state = 'delivered'", org.Id) == 24;
        });
        var events = await _app.Scalar<Guid[]>(
            "select array_agg(id) from audit_events where organization_id = $1 and action = 'contact.created'", org.Id);
        Assert.Equal(
            events.Select(id => id.ToString()).Order(StringComparer.Ordinal),
            receiver.Received.Select(call => call.Id).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_fails_is_tried_for_a_day_then_given_up_and_can_be_sent_again()
    {
        await using var receiver = await WebhookReceiver.Open();
        receiver.Status = 500;
        var org = await _app.NewOrganization();
        var (endpoint, _) = await Add(org, receiver, "contact.created");
        var start = _app.Clock.GetUtcNow();
        await org.AddContact(org.Owner);
        var calls = 1;
        await receiver.Calls(calls);
        while (await Tried(org) is { } next)
        {
            _app.Clock.Advance(next - _app.Clock.GetUtcNow() + TimeSpan.FromSeconds(15));
            await _app.RunTimer("SweepWebhooks");
            await receiver.Calls(++calls);
        }

        Assert.InRange((_app.Clock.GetUtcNow() - start).TotalHours, 20, 28);
        Assert.Equal(10, calls);
        var later = await _app.SignInAs(org.Id, org.Owner.Id);
        var failed = (await later.Get($"/webhook-endpoints/{endpoint}/deliveries?state=failed")).Expect(200).Data.GetProperty("deliveries")[0];
        Assert.Equal(
            (10, 500, "It answered 500.", "heard"),
            (failed.Number("attempts"), failed.Number("statusCode"), failed.Text("error"), failed.Text("response")));

        receiver.Status = 204;
        Assert.Equal(1, (await later.Post($"/webhook-endpoints/{endpoint}/replay", new { })).Expect(200).Data.Number("replayed"));
        await Until(org, "delivered", 1);
        Assert.Single(receiver.Received.Select(call => call.Id).Distinct());
        Assert.Equal(0, (await later.Post($"/webhook-endpoints/{endpoint}/replay", new { })).Expect(200).Data.Number("replayed"));
        var named = new { since = "2020-01-01", includeDelivered = true };
        Assert.Equal(1, (await later.Post($"/webhook-endpoints/{endpoint}/replay", named)).Expect(200).Data.Number("replayed"));
        await receiver.Calls(12);
    }

    [Fact]
    public async Task One_that_is_gone_is_disabled_and_owners_are_told()
    {
        await using var receiver = await WebhookReceiver.Open();
        receiver.Status = 410;
        var org = await _app.NewOrganization();
        var (endpoint, _) = await Add(org, receiver, "contact.created");
        await org.AddContact(org.Staff);
        await receiver.Calls(1);
        await Until(org, "failed", 1);

        var gone = (await org.Owner.Get($"/webhook-endpoints/{endpoint}")).Expect(200).Data;
        Assert.Equal(("disabled", "It answered 410: gone."), (gone.Text("status"), gone.Text("disabledReason")));
        foreach (var user in new[] { org.Owner, org.Manager })
        {
            var told = (await user.Get("/notifications")).Expect(200).Data.GetProperty("notifications");
            Assert.Equal(user == org.Owner ? 1 : 0, told.GetArrayLength());
        }

        await org.AddContact(org.Staff);
        await _app.Settled(org.Id);
        Assert.Single(receiver.Received);
        (await org.Owner.Post($"/webhook-endpoints/{endpoint}/test")).Expect(409, "WEBHOOK_ENDPOINT_DISABLED");
        (await org.Owner.Post($"/webhook-endpoints/{endpoint}/replay", new { })).Expect(409, "WEBHOOK_ENDPOINT_DISABLED");
        (await org.Owner.Patch($"/webhook-endpoints/{endpoint}", new { isEnabled = true })).Expect(200);
        receiver.Status = 200;
        await org.AddContact(org.Staff);
        await receiver.Calls(2);
    }

    [Fact]
    public async Task One_that_never_answers_is_disabled_after_days_and_not_before()
    {
        var org = await _app.NewOrganization();
        var endpoint = (await org.Manager.Post("/webhook-endpoints", new { url = "http://127.0.0.1:9/closed" })).Expect(201).Data.Id("id");
        foreach (var (days, status) in new[] { (0, "enabled"), (2, "enabled"), (4, "disabled") })
        {
            await org.AddContact(org.Owner);
            await Tried(org);
            await _app.Sql(
                "update webhook_endpoints set failing_since = $2 where id = $1 and failing_since is not null", endpoint, _app.Clock.GetUtcNow().AddDays(-days));
            // The last try of the day.
            await _app.Sql("update webhook_deliveries set attempts = 9, due_at = $2 where endpoint_id = $1 and state = 'pending'", endpoint, Past);
            await _app.RunTimer("SweepWebhooks");
            await Until(org, "pending", 0);
            Assert.Equal(status, (await org.Owner.Get($"/webhook-endpoints/{endpoint}")).Expect(200).Data.Text("status"));
        }

        Assert.Equal(
            2, await _app.Scalar<long>("select count(*) from notifications where organization_id = $1 and type = 'webhook_endpoint.disabled'", org.Id));
    }

    [Fact]
    public async Task A_message_that_comes_twice_calls_once_and_one_whose_process_died_is_called_again()
    {
        await using var receiver = await WebhookReceiver.Open();
        var org = await _app.NewOrganization();
        await Add(org, receiver, "contact.created");
        await org.AddContact(org.Owner);
        var id = (await receiver.Calls(1))[0].Id;
        await Until(org, "delivered", 1);

        await _app.Queues.Send(
            Queues.DeliverWebhooks, JsonSerializer.Serialize(new { organizationId = org.Id, eventId = id }), TestContext.Current.CancellationToken);
        await _app.Queues.Send(Queues.DeliverWebhooks, "null", TestContext.Current.CancellationToken);
        // Claimed by a process that died in its call: the claim has run out.
        await _app.Sql("update webhook_deliveries set state = 'pending', due_at = $2 where organization_id = $1", org.Id, Past);
        await _app.RunTimer("SweepWebhooks");

        Assert.Equal([id, id], (await receiver.Calls(2)).Select(call => call.Id));
        await Until(org, "delivered", 1);
        Assert.Equal(2, receiver.Received.Count);
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_sign_for_a_day()
    {
        await using var receiver = await WebhookReceiver.Open();
        var org = await _app.NewOrganization();
        var (endpoint, old) = await Add(org, receiver, "contact.created");
        var rotated = (await org.Owner.Post($"/webhook-endpoints/{endpoint}/rotate-secret")).Expect(200).Data.Text("secret");
        (await org.Owner.Post($"/webhook-endpoints/{endpoint}/test")).Expect(200);
        var both = (await receiver.Calls(1))[0];
        _app.Clock.Advance(TimeSpan.FromHours(25));
        (await (await _app.SignInAs(org.Id, org.Owner.Id)).Post("/contacts", new { name = "Ann" })).Expect(201);
        var one = (await receiver.Calls(2))[1];

        Assert.NotEqual(old, rotated);
        Assert.Equal("webhook_endpoint.tested", both.Type);
        Assert.Equal((true, true), (both.IsSignedWith(old), both.IsSignedWith(rotated)));
        Assert.Equal((false, true), (one.IsSignedWith(old), one.IsSignedWith(rotated)));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var receiver = await WebhookReceiver.Open();
        (receiver.Status, receiver.Location) = (307, receiver.Url + "/inside");
        var org = await _app.NewOrganization();
        await Add(org, receiver, "contact.created");
        await org.AddContact(org.Owner);

        await Tried(org);

        Assert.Equal(["/hooks"], receiver.Received.Select(call => call.Path));
    }

    private DateTimeOffset Past => _app.Clock.GetUtcNow().AddMinutes(-20);

    private static async Task<(Guid Id, string Secret)> Add(TestOrganization org, WebhookReceiver receiver, params string[] events)
    {
        var made = (await org.Owner.Post("/webhook-endpoints", new { url = receiver.Url, events })).Expect(201).Data;
        return (made.Id("id"), made.Text("secret"));
    }

    private Task Until(TestOrganization org, string state, int count) => Wait(async () =>
        await _app.Scalar<long>("select count(*) from webhook_deliveries where organization_id = $1 and state = $2", org.Id, state) == count);

    /// <summary>Waits until the latest delivery's try is settled; returns when the next one is, or null when there is none.</summary>
    private async Task<DateTimeOffset?> Tried(TestOrganization org)
    {
        const string Latest = "from webhook_deliveries where organization_id = $1 order by created_at desc limit 1";
        var last = _tried;
        await Wait(async () =>
            await _app.Scalar<object>($"select tried_at {Latest}", org.Id) is DateTime tried && (_tried = new DateTimeOffset(tried, TimeSpan.Zero)) != last);
        var next = await _app.Scalar<object>($"select case when state = 'pending' then due_at end {Latest}", org.Id);
        return next is DateTime at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    private static async Task Wait(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            Assert.False(patience.IsCancellationRequested, "It did not come to that.");
            await Task.Delay(20);
        }
    }
}

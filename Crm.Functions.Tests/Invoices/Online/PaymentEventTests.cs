using System.Text.Json.Nodes;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Webhooks;

namespace Crm.Functions.Tests.Invoices.Online;

public sealed class PaymentEventTests(TestServices services)
{
    [Fact]
    public async Task Only_what_Stripe_signed_is_taken()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        await org.App.Pay(await org.Owner.BeginPayment(id), webhook: "never");
        var told = org.App.EventsOf((await org.App.Scalar<string>("select provider_id from payment_intents where organization_id = $1", org.Id)))[^1];
        var signature = SignedVendors.SignPayment(told, org.App.Providers.App.StripeWebhookSecret, org.App.Clock.GetUtcNow());
        var late = SignedVendors.SignPayment(told, org.App.Providers.App.StripeWebhookSecret, org.App.Clock.GetUtcNow().AddSeconds(-302));

        (await org.App.Tell(told, "")).Expect(400, "INVALID_SIGNATURE");
        (await org.App.Tell(told, late)).Expect(400, "INVALID_SIGNATURE");
        (await org.App.Tell(told + " ", signature)).Expect(400, "INVALID_SIGNATURE");
        (await org.App.Tell(told, SignedVendors.SignPayment(told, "whsec_other", org.App.Clock.GetUtcNow()))).Expect(400, "INVALID_SIGNATURE");
        (await org.App.Tell("[]")).Expect(400, "VALIDATION_ERROR");
        (await org.App.Tell("{")).Expect(400, "VALIDATION_ERROR");
        Assert.Equal("sent unpaid 0.00 100.00", await org.Owner.Standing(id));

        Assert.True((await org.App.Tell(told, signature)).Expect(200).Data.GetProperty("received").GetBoolean());
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
    }

    [Fact]
    public async Task What_is_told_many_times_at_once_is_entered_once()
    {
        var org = await services.App.NewOrganization();
        var email = $"{Guid.NewGuid():N}@customers.test";
        var id = await Billing.AddInvoice(org.Owner, await org.AddContact(org.Owner, email: email), 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        await org.App.Pay(intent, webhook: "never");
        var told = Assert.Single(org.App.EventsOf(intent));

        // As other events of the same: the store keeps one of each id.
        var others = Enumerable.Range(0, 10)
            .Select(number => told.Replace(StripeWorld.IdOf(told), $"evt_{number}{Guid.NewGuid():N}", StringComparison.Ordinal));
        var calls = others.Concat(Enumerable.Repeat(told, 10)).Select(body => Task.Run(() => org.App.Tell(body)))
            .Concat(Enumerable.Range(0, 10).Select(_ => Task.Run(() => org.Owner.Post($"/invoices/{id}/pay", new { }))))
            .Concat(Enumerable.Range(0, 5).Select(async _ =>
            {
                await org.CheckPayments(id);
                return new TestReply("", 200, new Dictionary<string, string>(), "");
            }));
        var replies = await Task.WhenAll(calls);

        Assert.All(replies, reply => Assert.True(reply.Status is 200 or 409, reply.Body));
        await org.App.Digested();
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal("payment 100.00", await org.Owner.Entries(id));
        await org.App.Settled(org.Id);
        Assert.Single(await org.App.Mails(email));
        Assert.Equal(["invoice_created", "invoice_sent", "payment_received"], await org.InvoiceEntries(await org.ContactOf(id)));
        await org.IsSound();
    }

    [Fact]
    public async Task An_event_that_overtakes_our_own_row_finds_it()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        // Stripe's answer to the creation was not written down yet.
        await org.App.Sql("update payment_intents set provider_id = null, status = 'created' where organization_id = $1", org.Id);
        await org.App.Pay(intent);
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal(intent, await org.App.Scalar<string>("select provider_id from payment_intents where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task More_than_is_owed_is_entered_and_the_owner_told()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var intent = await org.Staff.BeginPayment(id);
        await org.App.Pay(intent, webhook: "never");
        await Billing.AddPayment(org.Owner, id, 100);
        await org.App.Tell(org.App.EventsOf(intent)[^1]);

        await org.Owner.Stands(id, "paid paid 200.00 0.00");
        Assert.True((await org.Owner.Invoice(id)).GetProperty("overpaid").GetBoolean());
        Assert.Contains("payment.overpaid", await org.Owner.Notices());
        Assert.Contains("payment.overpaid", await org.Staff.Notices());
        Assert.DoesNotContain("payment.overpaid", await org.Manager.Notices());

        // Of a cancelled one anything is too much, and it can be given back.
        var other = await Billing.AddInvoice(org, org.Owner, 40, isSent: true);
        var late = await org.Owner.BeginPayment(other);
        await org.App.Pay(late, webhook: "never");
        await org.App.Sql("update invoices set status = 'cancelled', cancelled_at = created_at where organization_id = $1 and id = $2", org.Id, other);
        await org.App.Tell(org.App.EventsOf(late)[^1]);
        await org.Owner.Stands(other, "cancelled paid 40.00 0.00");
        var payment = (await org.Owner.Invoice(other)).GetProperty("payments")[0].Id("id");
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(201);
        await org.Owner.Stands(other, "cancelled unpaid 0.00 0.00");
        await org.IsSound();
    }

    [Fact]
    public async Task What_belongs_to_nothing_is_parked_and_can_be_tried_again()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        await org.App.Pay(intent, webhook: "never");
        var told = JsonNode.Parse(org.App.EventsOf(intent)[^1])!;
        var foreign = told.DeepClone();
        foreign["id"] = $"evt_{Guid.NewGuid():N}";
        foreign["data"]!["object"]!["id"] = "pi_of_another_shop";
        foreign["data"]!["object"]!["metadata"] = new JsonObject();
        (await org.App.Tell(foreign.ToJsonString())).Expect(200);
        Assert.Equal(("parked", "The payment pi_of_another_shop was not begun here."), await Fate((string)foreign["id"]!));

        var unknown = told.DeepClone();
        unknown["id"] = $"evt_{Guid.NewGuid():N}";
        unknown["type"] = "customer.created";
        (await org.App.Tell(unknown.ToJsonString())).Expect(200);
        Assert.Equal(("processed", ""), await Fate((string)unknown["id"]!));

        // Our row is gone for a while.
        await org.App.Sql("update payment_intents set provider_id = 'pi_hidden' where organization_id = $1", org.Id);
        var lost = told.DeepClone();
        lost["data"]!["object"]!["metadata"]!["intent_id"] = Guid.NewGuid().ToString();
        (await org.App.Tell(lost.ToJsonString())).Expect(200);
        Assert.Equal("parked", (await Fate((string)lost["id"]!)).Status);
        await org.App.Sql("update payment_intents set provider_id = $2 where organization_id = $1", org.Id, intent);
        var parked = (await org.Owner.Get("/webhooks/events")).Expect(200).Data.GetProperty("events")[0];
        Assert.Equal(("stripe", (string)lost["id"]!), (parked.Text("provider"), parked.Text("eventId")));
        (await org.Owner.Post($"/webhooks/events/{parked.Id("id")}/replay")).Expect(200);
        await org.Owner.Stands(id, "paid paid 100.00 0.00");

        async Task<(string Status, string Error)> Fate(string eventId)
        {
            var (_, status, error) = await org.App.Processed(eventId);
            return (status, error);
        }
    }

    [Fact]
    public async Task A_dispute_marks_the_invoice_while_it_is_open_and_takes_the_money_off_when_it_is_lost()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var intent = await org.Staff.BeginPayment(id);
        await org.App.Pay(intent);
        await org.Staff.Stands(id, "paid paid 100.00 0.00");

        await org.App.Simulate("dispute", new { paymentIntentId = intent });
        await StripeWorld.Until(async () => (await org.Owner.Invoice(id)).GetProperty("disputed").GetBoolean());
        Assert.Contains("payment.disputed", await org.Owner.Notices());
        Assert.Contains("payment.disputed", await org.Staff.Notices());
        await org.App.Simulate("dispute", new { paymentIntentId = intent, outcome = "lost" });
        await org.Staff.Stands(id, "sent unpaid 0.00 100.00");
        Assert.False((await org.Owner.Invoice(id)).GetProperty("disputed").GetBoolean());
        Assert.Contains("payment.dispute_lost", await org.Owner.Notices());
        Assert.Equal("payment 100.00, refund -100.00", await org.Staff.Entries(id));

        // What was told first comes last: it is over all the same.
        var opened = org.App.EventsOf(intent).Single(body => body.Contains("charge.dispute.created", StringComparison.Ordinal));
        await org.App.Tell(opened.Replace(StripeWorld.IdOf(opened), $"evt_{Guid.NewGuid():N}", StringComparison.Ordinal));
        await org.App.Digested();
        Assert.False((await org.Owner.Invoice(id)).GetProperty("disputed").GetBoolean());
        await org.IsSound();
    }

    [Fact]
    public async Task A_lost_dispute_takes_off_what_came_back_by_a_failed_refund_too()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var intent = await org.Staff.BeginPayment(id);
        await org.App.Pay(intent);
        await org.Staff.Stands(id, "paid paid 100.00 0.00");
        await org.App.Simulate("refund", new { paymentIntentId = intent, amount = 1390 });
        await org.Staff.Stands(id, "sent partial 86.10 13.90");
        await org.App.Simulate("refund", new { paymentIntentId = intent, outcome = "failed" });
        await org.Staff.Stands(id, "paid paid 100.00 0.00");

        await org.App.Simulate("dispute", new { paymentIntentId = intent });
        await org.App.Simulate("dispute", new { paymentIntentId = intent, outcome = "lost" });

        await org.Staff.Stands(id, "sent unpaid 0.00 100.00");
        Assert.Equal("payment 100.00, refund -100.00, refund -13.90, refund 13.90", await org.Staff.Entries(id));
        await org.IsSound();
    }

    [Fact]
    public async Task What_comes_back_by_a_failed_refund_is_gone_where_a_dispute_was_lost_meanwhile()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var intent = await org.Staff.BeginPayment(id);
        await org.App.Pay(intent);
        await org.Staff.Stands(id, "paid paid 100.00 0.00");
        await org.App.Simulate("refund", new { paymentIntentId = intent, amount = 4000 });
        await org.Staff.Stands(id, "sent partial 60.00 40.00");
        // Of all that was paid.
        await org.App.Simulate("dispute", new { paymentIntentId = intent });
        await org.App.Simulate("dispute", new { paymentIntentId = intent, outcome = "lost" });
        await org.Staff.Stands(id, "sent unpaid 0.00 100.00");

        await org.App.Simulate("refund", new { paymentIntentId = intent, outcome = "failed" });
        await org.App.Digested();

        Assert.Equal("payment 100.00, refund -40.00, refund -40.00, refund -60.00, refund 40.00", await org.Staff.Entries(id));
        await org.Staff.Stands(id, "sent unpaid 0.00 100.00");
        await org.IsSound();
    }

    [Fact]
    public async Task Of_what_was_taken_twice_nothing_is_left_to_give_back()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        await org.App.Pay(intent);
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        var payment = (await org.Owner.Invoice(id)).GetProperty("payments")[0].Id("id");
        await org.App.Simulate("dispute", new { paymentIntentId = intent });
        await org.App.Simulate("dispute", new { paymentIntentId = intent, outcome = "lost" });
        await org.Owner.Stands(id, "sent unpaid 0.00 100.00");
        await org.App.Simulate("refund", new { paymentIntentId = intent, amount = 3000 });
        await org.Owner.Stands(id, "sent unpaid -30.00 130.00");

        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(409, "PAYMENT_REFUNDED");
    }
}

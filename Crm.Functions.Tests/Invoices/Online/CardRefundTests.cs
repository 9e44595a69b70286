using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices.Online;

public sealed class CardRefundTests(TestServices services)
{
    [Fact]
    public async Task What_was_paid_by_card_goes_back_through_Stripe()
    {
        var org = await services.App.NewOrganization();
        var (id, intent, payment) = await Paid(org, 100);

        var refund = (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 20, reason = "Broken" })).Expect(201).Data.GetProperty("payment");
        Assert.Equal((-20m, "refund", "stripe", "Broken"), (refund.Money("amount"), refund.Text("kind"), refund.Text("provider"), refund.Text("notes")));
        Assert.Equal(org.Owner.Id, refund.Id("recordedById"));
        Assert.Equal("sent partial 80.00 20.00", await org.Owner.Standing(id));
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 80.01 })).Expect(400, "REFUND_EXCEEDS_PAYMENT");

        // What Stripe tells of it afterwards is known.
        foreach (var told in org.App.EventsOf(intent))
            (await org.App.Tell(told)).Expect(200);
        await org.App.Digested();
        Assert.Equal("payment 100.00, refund -20.00", await org.Owner.Entries(id));
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(201);
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(409, "PAYMENT_REFUNDED");
        Assert.Equal("sent unpaid 0.00 100.00", await org.Owner.Standing(id));
        await org.IsSound();
    }

    [Fact]
    public async Task Of_refunds_at_once_no_more_is_given_back_than_was_paid()
    {
        var org = await services.App.NewOrganization();
        var (id, _, payment) = await Paid(org, 100);
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => org.Owner.Post($"/payments/{payment}/refund", new { amount = 60 }))));
        Assert.Equal([201, 400, 400, 400, 400, 400, 400, 400], replies.Select(reply => reply.Status).Order());
        Assert.Equal("payment 100.00, refund -60.00", await org.Owner.Entries(id));
    }

    [Fact]
    public async Task What_is_given_back_in_Stripes_dashboard_is_entered_once()
    {
        var org = await services.App.NewOrganization();
        var (id, intent, payment) = await Paid(org, 100);
        await org.App.Simulate("refund", new { paymentIntentId = intent, amount = 3000 });
        await org.Owner.Stands(id, "sent partial 70.00 30.00");
        foreach (var told in org.App.EventsOf(intent).Reverse())
            (await org.App.Tell(told.Replace(StripeWorld.IdOf(told), $"evt_{Guid.NewGuid():N}", StringComparison.Ordinal))).Expect(200);
        await org.App.Digested();
        Assert.Equal("payment 100.00, refund -30.00", await org.Owner.Entries(id));
        var entry = (await org.Owner.Invoice(id)).GetProperty("payments")[1];
        Assert.Equal((payment, null), (entry.Id("refundOf"), entry.GetProperty("recordedById").GetString()));
        await org.IsSound();
    }

    [Fact]
    public async Task A_refund_that_fails_afterwards_comes_back()
    {
        var org = await services.App.NewOrganization();
        var (id, intent, payment) = await Paid(org, 100);
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 40 })).Expect(201);
        await org.App.Simulate("refund", new { paymentIntentId = intent, outcome = "failed" });
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal("payment 100.00, refund -40.00, refund 40.00", await org.Owner.Entries(id));
        Assert.Contains("refund.failed", await org.Owner.Notices());
        // The end of it stays its end.
        foreach (var told in org.App.EventsOf(intent))
            await org.App.Tell(told.Replace(StripeWorld.IdOf(told), $"evt_{Guid.NewGuid():N}", StringComparison.Ordinal));
        await org.App.Digested();
        Assert.Equal("payment 100.00, refund -40.00, refund 40.00", await org.Owner.Entries(id));
        // And the whole of it can be given back again.
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(201);
        await org.Owner.Stands(id, "sent unpaid 0.00 100.00");
        await org.IsSound();
    }

    /// <summary>A paid invoice: it, Stripe's payment and the entry of the ledger.</summary>
    internal static async Task<(Guid Invoice, string Intent, Guid Payment)> Paid(TestOrganization org, decimal amount)
    {
        var id = await Billing.AddInvoice(org, org.Owner, amount, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        await org.App.Pay(intent);
        await StripeWorld.Until(async () => (await org.Owner.Invoice(id)).GetProperty("payments").GetArrayLength() == 1);
        return (id, intent, (await org.Owner.Invoice(id)).GetProperty("payments")[0].Id("id"));
    }
}

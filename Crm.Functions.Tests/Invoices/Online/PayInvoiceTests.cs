using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices.Online;

public sealed class PayInvoiceTests(TestServices services)
{
    [Fact]
    public async Task A_customer_pays_online_and_gets_a_receipt()
    {
        var org = await services.App.NewOrganization();
        var email = $"{Guid.NewGuid():N}@customers.test";
        var contact = await org.AddContact(org.Staff, email: email);
        var id = await Billing.AddInvoice(org.Staff, contact, 1500, isSent: true);
        var number = (await org.Staff.Invoice(id)).Text("number");

        var begun = (await org.Staff.Post($"/invoices/{id}/pay", new { currency = "usd" })).Expect(200).Data;
        var intent = begun.Text("paymentIntentId");
        Assert.StartsWith("pi_", intent, StringComparison.Ordinal);
        Assert.StartsWith($"{intent}_secret_", begun.Text("clientSecret"), StringComparison.Ordinal);
        Assert.Equal((1500m, "usd", "pk_test_local"), (begun.Money("amount"), begun.Text("currency"), begun.Text("publishableKey")));
        var invoice = begun.GetProperty("invoice");
        Assert.Equal((id, number, 1500m, 1500m), (invoice.Id("id"), invoice.Text("number"), invoice.Money("total"), invoice.Money("remainingAmount")));

        await org.App.Pay(intent);
        await org.Staff.Stands(id, "paid paid 1500.00 0.00");

        var entry = (await org.Staff.Get($"/invoices/{id}/payments")).Expect(200).Data.GetProperty("payments")[0];
        Assert.Equal(("stripe", "stripe", intent), (entry.Text("paymentMethod"), entry.Text("provider"), entry.Text("reference")));
        Assert.Equal(["invoice_created", "invoice_sent", "payment_received"], await org.InvoiceEntries(contact));
        var receipt = Assert.Single(await org.App.Mails(email));
        Assert.Contains(number, receipt.Subject, StringComparison.Ordinal);
        Assert.Contains("1,500.00 USD", receipt.Text, StringComparison.Ordinal);
        Assert.Contains("payment.received", await org.Staff.Notices());
        (await org.Staff.Post($"/invoices/{id}/pay", new { })).Expect(409, "INVOICE_PAID");
        Assert.Equal("succeeded", await org.Intents(id));
        await org.IsSound();
    }

    [Fact]
    public async Task What_cannot_be_paid_is_refused()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100);
        var tooMuch = (await org.Owner.Post($"/invoices/{id}/pay", new { amount = 100.01 })).Expect(400, "AMOUNT_EXCEEDS_BALANCE");
        Assert.Equal(100m, tooMuch.Json.GetProperty("error").Money("most"));
        (await org.Owner.Post($"/invoices/{id}/pay", new { amount = 0.49 })).Expect(400, "AMOUNT_TOO_SMALL");
        (await org.Owner.Post($"/invoices/{id}/pay", new { currency = "eur" })).Expect(400, "CURRENCY_MISMATCH");
        (await org.Owner.Post($"/invoices/{id}/pay", new { amount = 1.001 })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Post($"/invoices/{id}/pay", new { currency = "xyz" })).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Post($"/invoices/{id}/pay", new { })).Expect(403, "FORBIDDEN");
        (await org.Owner.Post($"/invoices/{Guid.NewGuid()}/pay", new { })).Expect(404, "INVOICE_NOT_FOUND");
        var other = await services.App.NewOrganization();
        (await other.Owner.Post($"/invoices/{id}/pay", new { })).Expect(404, "INVOICE_NOT_FOUND");
        var pounds = await Billing.AddInvoice(org, org.Owner, 0.30m, more: new { currency = "GBP" });
        (await org.Owner.Post($"/invoices/{pounds}/pay", new { })).Expect(200);
        (await org.Owner.Patch($"/invoices/{id}", new { status = "cancelled" })).Expect(200);
        (await org.Owner.Post($"/invoices/{id}/pay", new { })).Expect(409, "INVOICE_CANCELLED");
        Assert.Equal("", await org.Intents(id));
    }

    [Fact]
    public async Task Two_hundred_who_pay_at_once_share_one_payment()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 250, isSent: true);

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => org.Owner.Post($"/invoices/{id}/pay", new { }))));

        Assert.All(replies, reply => reply.Expect(200));
        Assert.Single(replies.Select(reply => reply.Data.Text("clientSecret")).Distinct());
        Assert.Equal("open", await org.Intents(id));
    }

    [Fact]
    public async Task What_is_begun_never_comes_to_more_than_is_owed()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        decimal[] amounts = [60, 70, 80, 90];
        var replies = await Task.WhenAll(amounts.SelectMany(amount => Enumerable.Repeat(amount, 3)).Select(
            amount => Task.Run(() => org.Owner.Post($"/invoices/{id}/pay", new { amount }))));

        Assert.All(replies, reply => Assert.True(reply.Status is 200 or 503, reply.Body));
        Assert.True(await org.App.Scalar<decimal>(
            "select coalesce(sum(amount), 0) from payment_intents where organization_id = $1 and status in ('created', 'open')", org.Id) <= 100);
        // What was replaced nobody can pay.
        var canceled = await org.App.Scalar<string[]>(
            "select array_agg(provider_id) from payment_intents where organization_id = $1 and status = 'canceled' and provider_id is not null", org.Id);
        Assert.NotEmpty(canceled);
        foreach (var intent in canceled)
            await org.App.Simulate("pay", new { paymentIntentId = intent }, 400);
    }

    [Fact]
    public async Task Parts_are_paid_beside_one_another()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var (first, second) = (await org.Owner.BeginPayment(id, 30), await org.Owner.BeginPayment(id, 70));
        Assert.Equal(first, await org.Owner.BeginPayment(id, 30));
        Assert.NotEqual(first, second);
        await org.App.Pay(first);
        await org.Owner.Stands(id, "sent partial 30.00 70.00");
        Assert.Equal(second, await org.Owner.BeginPayment(id));
        await org.App.Pay(second);
        await org.Owner.Stands(id, "paid paid 100.00 0.00");
        Assert.Equal("payment 30.00, payment 70.00", await org.Owner.Entries(id));
    }

    [Fact]
    public async Task What_is_on_its_way_from_a_bank_is_shown_and_not_paid_yet()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id, 60);
        await org.App.Pay(intent, "processing");
        await StripeWorld.Until(async () => (await org.Owner.Invoice(id)).Money("pendingAmount") == 60);
        Assert.Equal("sent unpaid 0.00 100.00", await org.Owner.Standing(id));
        var tooMuch = (await org.Owner.Post($"/invoices/{id}/pay", new { amount = 41 })).Expect(400, "AMOUNT_EXCEEDS_BALANCE").Json.GetProperty("error");
        Assert.Equal((40m, 60m), (tooMuch.Money("most"), tooMuch.Money("pendingAmount")));
        await org.App.Pay(intent, "failed");
        await StripeWorld.Until(async () => (await org.Owner.Invoice(id)).Money("pendingAmount") == 0);
        Assert.Contains("payment_failed", await org.InvoiceEntries(await org.ContactOf(id)));
        await org.App.Pay(intent);
        await org.Owner.Stands(id, "sent partial 60.00 40.00");
    }

    [Theory]
    [InlineData("paid")]
    [InlineData("cancelled")]
    [InlineData("deleted")]
    [InlineData("dearer")]
    [InlineData("partly paid")]
    public async Task When_something_else_becomes_of_the_invoice_nobody_can_pay_it_any_more(string change)
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var intent = await org.Owner.BeginPayment(id);
        if (change == "deleted")
            (await org.Owner.Delete($"/invoices/{id}")).Expect(200);
        else if (change == "dearer")
            (await org.Owner.Patch($"/invoices/{id}", new { items = new[] { new { description = "Desk", unitPrice = 200 } } })).Expect(200);
        else if (change == "partly paid")
            await Billing.AddPayment(org.Owner, id, 1);
        else
            (await org.Owner.Patch($"/invoices/{id}", new { status = change })).Expect(200);

        await StripeWorld.Until(async () => await org.Intents(id) == "canceled");
        await org.App.Simulate("pay", new { paymentIntentId = intent }, 400);
    }

    [Fact]
    public async Task While_a_payment_is_open_the_currency_stays()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100);
        await org.Owner.BeginPayment(id);
        Assert.Equal(["currency"], (await org.Owner.Patch($"/invoices/{id}", new { currency = "EUR" })).Expect(400, "VALIDATION_ERROR").Fields);
    }
}

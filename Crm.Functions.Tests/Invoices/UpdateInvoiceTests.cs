using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

public sealed class UpdateInvoiceTests(TestServices services)
{
    [Fact]
    public async Task Lines_and_words_change_totals_follow_and_the_timeline_shows_it()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var contact = await org.ContactOf(id);

        var items = new[] { new { description = "Chair", quantity = 2, unitPrice = 30, taxRate = 10 } };
        var reply = (await org.Staff.Patch($"/invoices/{id}", new { notes = " Soon ", items })).Expect(200);

        Assert.Equal((66m, "Soon", "sent"), (reply.Data.Money("total"), reply.Data.Text("notes"), reply.Data.Text("status")));
        Assert.Equal(["invoice_created", "invoice_sent", "invoice_updated"], await org.InvoiceEntries(contact));
        (await org.Staff.Patch($"/invoices/{id}", new { notes = "Soon" })).Expect(200);
        Assert.Equal(3, (await org.InvoiceEntries(contact)).Length);
        (await org.Staff.Patch($"/invoices/{id}", new { notes = "x" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
    }

    [Theory]
    [InlineData("draft", "sent", 200, "sent")]
    [InlineData("draft", "cancelled", 200, "cancelled")]
    [InlineData("draft", "overdue", 409, "draft")]
    [InlineData("draft", "draft", 200, "draft")]
    [InlineData("sent", "draft", 200, "draft")]
    [InlineData("sent", "cancelled", 200, "cancelled")]
    [InlineData("sent", "overdue", 409, "sent")]
    [InlineData("overdue", "draft", 200, "draft")]
    [InlineData("overdue", "cancelled", 200, "cancelled")]
    [InlineData("overdue", "sent", 200, "overdue")]
    [InlineData("cancelled", "draft", 409, "cancelled")]
    [InlineData("cancelled", "sent", 409, "cancelled")]
    [InlineData("cancelled", "paid", 409, "cancelled")]
    [InlineData("draft", "paid", 200, "paid")]
    [InlineData("sent", "paid", 200, "paid")]
    [InlineData("overdue", "paid", 200, "paid")]
    [InlineData("paid", "draft", 409, "paid")]
    [InlineData("paid", "paid", 409, "paid")]
    [InlineData("paid", "cancelled", 409, "paid")]
    public async Task States_follow_one_another_as_they_may(string from, string to, int status, string becomes)
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(
            org, org.Staff, isSent: from is "sent" or "overdue", more: from == "overdue" ? new { issueDate = "2020-01-01" } : null);
        if (from is "cancelled" or "paid")
            (await org.Staff.Patch($"/invoices/{id}", new { status = from })).Expect(200);
        Assert.Equal(from, (await org.Staff.Invoice(id)).Text("status"));

        var reply = await org.Staff.Patch($"/invoices/{id}", new { status = to });

        reply.Expect(status, status == 200 ? null : from == "paid" ? "INVOICE_PAID" : "INVALID_STATUS_TRANSITION");
        Assert.Equal(becomes, (await org.Staff.Invoice(id)).Text("status"));
    }

    [Fact]
    public async Task Saying_that_it_is_paid_enters_a_payment_of_the_rest()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        await Billing.AddPayment(org.Staff, id, 30);

        (await org.Staff.Patch($"/invoices/{id}", new { status = "paid" })).Expect(200);

        var payments = (await org.Staff.Get($"/invoices/{id}/payments")).Expect(200).Data;
        Assert.Equal([30m, 70m], payments.GetProperty("payments").EnumerateArray().Select(payment => payment.Money("amount")));
        Assert.Equal("paid paid 100.00 0.00", await org.Staff.Standing(id));
        Assert.False((await org.Staff.Invoice(id)).IsNull("paidAt"));
        (await org.Staff.Patch($"/invoices/{id}", new { notes = "x" })).Expect(409, "INVOICE_PAID");
    }

    [Fact]
    public async Task An_invoice_of_nothing_is_paid_without_a_payment()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 0, isSent: true);
        Assert.Equal("sent unpaid 0.00 0.00", await org.Staff.Standing(id));
        (await org.Staff.Patch($"/invoices/{id}", new { status = "paid" })).Expect(200);
        Assert.Equal("paid paid 0.00 0.00", await org.Staff.Standing(id));
        Assert.Equal(0, (await org.Staff.Get($"/invoices/{id}/payments")).Expect(200).Data.GetProperty("summary").Number("count"));
    }

    [Fact]
    public async Task What_was_paid_holds_the_total_the_currency_and_the_invoice()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        await Billing.AddPayment(org.Owner, id, 60);
        static object Items(int price) => new { items = new[] { new { description = "Desk", unitPrice = price } } };

        (await org.Owner.Patch($"/invoices/{id}", Items(59))).Expect(409, "TOTAL_BELOW_PAID");
        Assert.Equal(["currency"], (await org.Owner.Patch($"/invoices/{id}", new { currency = "EUR" })).Expect(400).Fields);
        (await org.Owner.Patch($"/invoices/{id}", new { status = "draft" })).Expect(409, "INVOICE_HAS_PAYMENTS");
        (await org.Owner.Patch($"/invoices/{id}", new { status = "cancelled" })).Expect(409, "INVOICE_HAS_PAYMENTS");
        (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(409, "INVOICE_HAS_PAYMENTS");
        (await org.Owner.Delete($"/invoices/{id}")).Expect(409, "INVOICE_HAS_PAYMENTS");
        // With a total that is just what was paid it is paid.
        (await org.Owner.Patch($"/invoices/{id}", Items(60))).Expect(200);
        Assert.Equal("paid paid 60.00 0.00", await org.Owner.Standing(id));
        (await org.Owner.Delete($"/invoices/{id}")).Expect(409, "INVOICE_PAID");
        (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(409, "INVOICE_PAID");
    }

    [Fact]
    public async Task It_is_overdue_on_the_day_after_its_due_date_where_the_organisation_is()
    {
        var (east, west) = (await services.App.NewOrganization("Pacific/Kiritimati"), await services.App.NewOrganization("Pacific/Niue"));
        // It is the next day already in the one, and the day before still in the other, whatever the hour.
        var utc = DateOnly.FromDateTime(services.App.Clock.GetUtcNow().UtcDateTime);
        async Task<string> Due(TestOrganization org, DateOnly day)
        {
            var id = await Billing.AddInvoice(org, org.Owner, isSent: true, more: new { issueDate = "2020-01-01", dueDate = day.ToString("O") });
            return (await org.Owner.Invoice(id)).Text("status");
        }

        Assert.Equal(("overdue", "sent"), (await Due(east, utc.AddDays(-1)), await Due(east, utc.AddDays(1))));
        Assert.Equal(("overdue", "sent"), (await Due(west, utc.AddDays(-2)), await Due(west, utc)));
        var hour = services.App.Clock.GetUtcNow().Hour;
        Assert.Equal(hour >= 10 ? "overdue" : "sent", await Due(east, utc));
        Assert.Equal(hour >= 11 ? "overdue" : "sent", await Due(west, utc.AddDays(-1)));
    }

    [Fact]
    public async Task Cancelling_again_changes_nothing_and_a_copy_begins_anew()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true, more: new { issueDate = "2024-01-01", dueDate = "2024-01-15", notes = "Hello" });
        (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(200);
        var version = (await org.Owner.Post($"/invoices/{id}/cancel")).Expect(200).Data.Number("version");
        Assert.Equal(version, (await org.Owner.Invoice(id)).Number("version"));
        (await org.Owner.Patch($"/invoices/{id}", new { notes = "x" })).Expect(409, "INVOICE_CANCELLED");
        Assert.Equal(0m, (await org.Owner.Invoice(id)).Money("remainingAmount"));

        var copy = (await org.Owner.Post($"/invoices/{id}/duplicate")).Expect(201).Data;

        var today = DateOnly.FromDateTime(services.App.Clock.GetUtcNow().UtcDateTime);
        Assert.Equal(("draft", "Hello", 100m), (copy.Text("status"), copy.Text("notes"), copy.Money("total")));
        Assert.Equal((today.ToString("O"), today.AddDays(14).ToString("O")), (copy.Text("issueDate"), copy.Text("dueDate")));
        (await org.Staff.Post($"/invoices/{id}/duplicate")).Expect(403);
    }
}

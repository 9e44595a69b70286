using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

public sealed class ListInvoicesTests(TestServices services)
{
    [Fact]
    public async Task The_list_filters_by_state_contact_search_and_date_and_sums_what_it_shows()
    {
        var org = await services.App.NewOrganization();
        var (ann, bob) = (await org.AddContact(org.Owner), await org.AddContact(org.Staff));
        var draft = await Billing.AddInvoice(org.Owner, ann, 1, more: new { issueDate = "2024-01-31", notes = "Blue chairs" });
        var sent = await Billing.AddInvoice(org.Owner, ann, 10, isSent: true, more: new { issueDate = "2024-02-01", dueDate = "2999-01-01" });
        var late = await Billing.AddInvoice(org.Staff, bob, 100, isSent: true, more: new { issueDate = "2024-02-15", notes = "blue desk" });
        var paid = await Billing.AddInvoice(org.Staff, bob, 1000, isSent: true, more: new { issueDate = "2024-03-01" });
        var euro = await Billing.AddInvoice(org.Owner, ann, 7, isSent: true, more: new { issueDate = "2024-03-31", currency = "EUR", dueDate = "2999-01-01" });
        await Billing.AddPayment(org.Staff, paid, 1000);
        await Billing.AddPayment(org.Staff, late, 25);

        async Task Shows(string query, Guid[] ids, string summary)
        {
            var data = (await org.Owner.Get($"/invoices?{query}")).Expect(200).Data;
            Assert.Equal(ids, data.GetProperty("invoices").EnumerateArray().Select(invoice => invoice.Id("id")));
            Assert.Equal(ids.Length, data.GetProperty("meta").GetProperty("pagination").Number("total"));
            Assert.Equal(summary, string.Join(' ', data.GetProperty("summary").EnumerateArray().Select(
                sum => FormattableString.Invariant($"{sum.Text("currency")} {sum.Money("total")} {sum.Money("paid")} {sum.Money("outstanding")}"))));
        }

        await Shows("", [euro, paid, late, sent, draft], "EUR 7.00 0.00 7.00 USD 1110.00 1025.00 85.00");
        await Shows("status=overdue", [late], "USD 100.00 25.00 75.00");
        await Shows("status=sent", [euro, sent], "EUR 7.00 0.00 7.00 USD 10.00 0.00 10.00");
        await Shows("status=draft,paid", [paid, draft], "USD 1001.00 1000.00 0.00");
        await Shows("status=draft", [draft], "USD 1.00 0.00 0.00");
        await Shows($"contactId={bob}", [paid, late], "USD 1100.00 1025.00 75.00");
        await Shows("search=BLUE", [late, draft], "USD 100.00 25.00 75.00");
        await Shows("search=blue&status=draft", [draft], "USD 1.00 0.00 0.00");
        await Shows("dateFrom=2024-02-01&dateTo=2024-02-29", [late, sent], "USD 110.00 25.00 85.00");
        await Shows("dateFrom=2024-02-02&dateTo=2024-03-01", [paid, late], "USD 1100.00 1025.00 75.00");
        await Shows("dateFrom=2024-01-31&dateTo=2024-03-30", [paid, late, sent, draft], "USD 1110.00 1025.00 85.00");
        await Shows("dateFrom=2024-03-31", [euro], "EUR 7.00 0.00 7.00");
        await Shows("dateTo=2024-01-30", [], "");
        await Shows("sortBy=total&sortOrder=asc&status=sent,overdue,paid", [euro, sent, late, paid], "EUR 7.00 0.00 7.00 USD 1110.00 1025.00 85.00");
        Assert.Equal(["dateFrom"], (await org.Owner.Get("/invoices?dateFrom=2024-02-01&dateTo=2024-01-01")).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["status"], (await org.Owner.Get("/invoices?status=late")).Expect(400, "VALIDATION_ERROR").Fields);
        var own = (await org.Staff.Get("/invoices")).Expect(200).Data;
        Assert.Equal([paid, late], own.GetProperty("invoices").EnumerateArray().Select(invoice => invoice.Id("id")));
        Assert.Equal(1100m, own.GetProperty("summary")[0].Money("total"));
        (await org.Staff.Get($"/invoices/{draft}")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Statistics_count_what_was_sent_and_never_add_unlike_currencies()
    {
        var org = await services.App.NewOrganization();
        var zero = (await org.Owner.Get("/invoices/stats")).Expect(200).Data;
        Assert.Equal((0L, 0m), (zero.Number("totalInvoices"), zero.Money("totalAmount")));
        Assert.True(zero.IsNull("averageDaysToPay"));
        await Billing.AddInvoice(org, org.Owner, 1);
        await Billing.AddInvoice(org, org.Owner, 10, isSent: true, more: new { dueDate = "2999-01-01" });
        await Billing.AddInvoice(org, org.Staff, 100, isSent: true, more: new { issueDate = "2024-02-15" });
        var paid = await Billing.AddInvoice(org, org.Staff, 1000, isSent: true, more: new { issueDate = "2024-03-01" });
        (await org.Staff.Post($"/invoices/{paid}/payments", new { amount = 1000, paymentMethod = "cash", paymentDate = "2024-03-11" })).Expect(201);
        var cancelled = await Billing.AddInvoice(org, org.Owner, 5, isSent: true);
        (await org.Owner.Post($"/invoices/{cancelled}/cancel")).Expect(200);
        await Billing.AddInvoice(org, org.Owner, 7, isSent: true, more: new { currency = "EUR", dueDate = "2999-01-01" });
        (await org.Owner.Delete($"/invoices/{await Billing.AddInvoice(org, org.Owner, 5000, isSent: true)}")).Expect(200);

        var stats = (await org.Owner.Get("/invoices/stats")).Expect(200).Data;

        Assert.Equal((4L, 1110m, 1000m, 110m, 100m, 10m, "USD"), (
            stats.Number("totalInvoices"), stats.Money("totalAmount"), stats.Money("paidAmount"), stats.Money("outstandingAmount"),
            stats.Money("overdueAmount"), stats.Money("averageDaysToPay"), stats.Text("currency")));
        string State(string name) => FormattableString.Invariant(
            $"{stats.GetProperty("byStatus").GetProperty(name).Number("count")} {stats.GetProperty("byStatus").GetProperty(name).Money("amount")}");
        Assert.Equal(
            ("1 1.00", "2 10.00", "1 1000.00", "1 100.00", "1 5.00"), (State("draft"), State("sent"), State("paid"), State("overdue"), State("cancelled")));
        Assert.Equal(["EUR 1 7.00", "USD 3 1110.00"], stats.GetProperty("byCurrency").EnumerateArray().Select(
            figures => FormattableString.Invariant($"{figures.Text("currency")} {figures.Number("totalInvoices")} {figures.Money("totalAmount")}")));
        var spring = (await org.Staff.Get("/invoices/stats?dateFrom=2024-02-10&dateTo=2024-03-05")).Expect(200).Data;
        Assert.Equal((2L, 1100m, 100m), (spring.Number("totalInvoices"), spring.Money("totalAmount"), spring.Money("overdueAmount")));
        (await org.Owner.Get("/invoices/stats?dateFrom=2024-02-01&dateTo=2024-01-01")).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Whatever_part_of_the_calendar_is_asked_for_the_sums_are_those_of_its_invoices()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        var random = new Random(5);
        var first = new DateOnly(2024, 1, 1);
        for (var i = 0; i < 40; i++)
        {
            var day = first.AddDays(random.Next(150));
            await Billing.AddInvoice(
                org.Owner, contact, random.Next(1, 1000), isSent: true,
                more: new { issueDate = day.ToString("O"), dueDate = i % 2 == 0 ? "2999-01-01" : null });
        }

        for (var i = 0; i < 40; i++)
        {
            var (from, to) = (first.AddDays(random.Next(150)), first.AddDays(random.Next(150)));
            (from, to) = from <= to ? (from, to) : (to, from);
            var stats = (await org.Owner.Get($"/invoices/stats?dateFrom={from:O}&dateTo={to:O}")).Expect(200).Data;
            var sum = await org.App.Scalar<decimal>(
                "select coalesce(sum(total), 0) from invoices where organization_id = $1 and issue_date between $2 and $3", org.Id, from, to);
            Assert.True(stats.Money("totalAmount") == sum, $"{from:O} {to:O}: {stats.Money("totalAmount")} instead of {sum}");
        }
    }

    [Fact]
    public async Task Invoices_follow_a_merged_contact_and_a_member_who_leaves()
    {
        var org = await services.App.NewOrganization();
        var (stays, gone) = (await org.AddContact(org.Staff), await org.AddContact(org.Staff));
        var open = await Billing.AddInvoice(org.Staff, gone, 100, isSent: true);
        var paid = await Billing.AddInvoice(org.Staff, gone, 100, isSent: true);
        (await org.Staff.Patch($"/invoices/{paid}", new { status = "paid" })).Expect(200);

        var merged = (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200).Data;
        Assert.Equal(2, merged.GetProperty("moved").Number("invoices"));
        Assert.Equal(stays, (await org.Staff.Invoice(open)).Id("contactId"));
        Assert.Equal(2, (await org.Owner.Get($"/invoices?contactId={gone}")).Expect(200).Data.GetProperty("invoices").GetArrayLength());

        var left = (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.OtherStaff.Id}")).Expect(200).Data;
        Assert.Equal(1, left.GetProperty("reassigned").Number("invoices"));
        Assert.Equal(org.OtherStaff.Id, (await org.OtherStaff.Invoice(open)).Id("creatorId"));
        Assert.Equal(org.Staff.Id, (await org.Owner.Invoice(paid)).Id("creatorId"));
        Assert.Equal(2, (await org.Owner.Get("/settings/system")).Expect(200).Data.GetProperty("stats").Number("invoices"));
    }

    [Fact]
    public async Task A_deal_becomes_an_invoice_of_its_items_or_of_its_value()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var product = (await org.Owner.Post("/products", new { name = "Desk", price = 10, taxRate = 20 })).Expect(201).Data.Id("id");
        var contact = await org.AddContact(org.Staff);
        var deal = (await org.Staff.Post("/deals", new
        {
            title = "Desks",
            contactId = contact,
            items = new object[] { new { productId = product, quantity = 2, discount = 50 }, new { name = "Delivery", unitPrice = 5 } },
        })).Expect(201).Data.Id("id");
        var plain = await sales.AddDeal(org.Staff, "Advice", 300);

        var invoice = (await org.Staff.Post($"/deals/{deal}/invoice", new { notes = "As agreed", paymentTerms = "Net 7" })).Expect(201).Data;
        Assert.Equal((17m, deal, contact, "As agreed"), (invoice.Money("total"), invoice.Id("dealId"), invoice.Id("contactId"), invoice.Text("notes")));
        var products = invoice.GetProperty("items").EnumerateArray().Select(item => item.IsNull("productId") ? default : item.Id("productId"));
        Assert.Equal([product, default], products);
        var other = (await org.Staff.Post($"/deals/{plain}/invoice", new { })).Expect(201).Data;
        Assert.Equal(("Advice", 300m), (other.GetProperty("items")[0].Text("description"), other.Money("total")));
        (await org.Staff.Post($"/deals/{await sales.AddDeal(org.Manager)}/invoice", new { })).Expect(403, "FORBIDDEN");
        (await org.Staff.Post($"/deals/{Guid.NewGuid()}/invoice", new { })).Expect(404, "DEAL_NOT_FOUND");
    }
}

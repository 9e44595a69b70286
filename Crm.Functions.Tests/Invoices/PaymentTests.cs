using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Npgsql;

namespace Crm.Functions.Tests.Invoices;

public sealed class PaymentTests(TestServices services)
{
    [Fact]
    public async Task Payments_add_up_until_the_invoice_is_paid()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);
        var contact = await org.ContactOf(id);

        var reply = await org.Staff.Post($"/invoices/{id}/payments", new { amount = 40.5, paymentMethod = "CHECK", reference = "C 12", notes = "By mail" });
        var (entry, invoice) = (reply.Expect(201).Data.GetProperty("payment"), reply.Data.GetProperty("invoice"));
        Assert.Equal((40.50m, "check", "C 12"), (entry.Money("amount"), entry.Text("paymentMethod"), entry.Text("reference")));
        Assert.Equal(("sent", "partial", 59.50m), (invoice.Text("status"), invoice.Text("paymentStatus"), invoice.Money("remainingAmount")));
        var tooMuch = (await org.Staff.Post($"/invoices/{id}/payments", new { amount = 59.51, paymentMethod = "cash" })).Expect(400, "PAYMENT_EXCEEDS_BALANCE");
        Assert.Equal(59.50m, tooMuch.Json.GetProperty("error").Money("most"));
        await Billing.AddPayment(org.Staff, id, 59.50m);

        Assert.Equal("paid paid 100.00 0.00", await org.Staff.Standing(id));
        (await org.Staff.Post($"/invoices/{id}/payments", new { amount = 1, paymentMethod = "cash" })).Expect(409, "INVOICE_PAID");
        Assert.Equal(["invoice_created", "invoice_sent", "payment_recorded", "payment_recorded"], await org.InvoiceEntries(contact));
    }

    [Theory]
    [InlineData("""{"amount":0,"paymentMethod":"cash"}""", "amount")]
    [InlineData("""{"amount":-1,"paymentMethod":"cash"}""", "amount")]
    [InlineData("""{"amount":1.001,"paymentMethod":"cash"}""", "amount")]
    [InlineData("""{"paymentMethod":"cash"}""", "amount")]
    [InlineData("""{"amount":1}""", "paymentMethod")]
    [InlineData("""{"amount":1,"paymentMethod":"gold"}""", "paymentMethod")]
    [InlineData("""{"amount":1,"paymentMethod":"cash","paymentDate":"2999-01-01"}""", "paymentDate")]
    public async Task What_is_no_payment_is_refused(string body, string field)
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff);
        Assert.Equal([field], (await org.Staff.Post($"/invoices/{id}/payments", body)).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Staff.Patch($"/invoices/{id}", new { status = "cancelled" })).Expect(200);
        (await org.Staff.Post($"/invoices/{id}/payments", new { amount = 1, paymentMethod = "cash" })).Expect(409, "INVOICE_CANCELLED");
    }

    [Fact]
    public async Task Of_many_payments_at_once_no_more_is_taken_than_is_owed()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 100, isSent: true);

        var replies = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(
            () => org.Staff.Post($"/invoices/{id}/payments", new { amount = 10, paymentMethod = "cash" }))));

        Assert.Equal(10, replies.Count(reply => reply.Status == 201));
        Assert.All(replies.Where(reply => reply.Status != 201), reply => reply.Expect(409, "INVOICE_PAID"));
        Assert.Equal("paid paid 100.00 0.00", await org.Staff.Standing(id));
        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;
        Assert.True(check.GetProperty("isSound").GetBoolean(), check.ToString());
    }

    [Fact]
    public async Task A_refund_gives_back_and_leaves_it_to_be_paid_again()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var payment = await Billing.AddPayment(org.Owner, id, 100);

        var refund = (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 20, reason = "Broken" })).Expect(201).Data;
        Assert.Equal((-20m, "refund"), (refund.GetProperty("payment").Money("amount"), refund.GetProperty("payment").Text("kind")));
        Assert.Equal("sent partial 80.00 20.00", await org.Owner.Standing(id));
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 80.01 })).Expect(400, "REFUND_EXCEEDS_PAYMENT");
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(201);
        (await org.Owner.Post($"/payments/{payment}/refund", new { })).Expect(409, "PAYMENT_REFUNDED");
        (await org.Owner.Post($"/payments/{refund.GetProperty("payment").Id("id")}/refund", new { })).Expect(404, "PAYMENT_NOT_FOUND");

        Assert.Equal("sent unpaid 0.00 100.00", await org.Owner.Standing(id));
        var summary = (await org.Owner.Get($"/invoices/{id}/payments")).Expect(200).Data.GetProperty("summary");
        Assert.Equal((1L, 100m, 0m, 100m), (summary.Number("count"), summary.Money("refunded"), summary.Money("amountPaid"), summary.Money("remainingAmount")));
        (await org.Staff.Post($"/payments/{payment}/refund", new { })).Expect(403);
        // The ledger holds it.
        (await org.Owner.Delete($"/invoices/{id}")).Expect(409, "INVOICE_HAS_PAYMENTS");
        // A draft that was paid and refunded is a draft again.
        var draft = await Billing.AddInvoice(org, org.Owner, 10);
        (await org.Owner.Post($"/payments/{await Billing.AddPayment(org.Owner, draft, 10)}/refund", new { })).Expect(201);
        Assert.Equal("draft unpaid 0.00 10.00", await org.Owner.Standing(draft));
    }

    [Fact]
    public async Task Of_two_refunds_at_once_one_is_too_many()
    {
        var org = await services.App.NewOrganization();
        var payment = await Billing.AddPayment(org.Owner, await Billing.AddInvoice(org, org.Owner, 100, isSent: true), 100);
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => org.Owner.Post($"/payments/{payment}/refund", new { amount = 60 }))));
        Assert.Equal([201, 400, 400, 400], replies.Select(reply => reply.Status).Order());
    }

    [Fact]
    public async Task A_credit_note_has_a_number_of_its_own_and_takes_something_off()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Patch("/settings/organization", """{"settings":{"invoicePrefix":"ABC"}}""")).Expect(200);
        var id = await Billing.AddInvoice(org, org.Owner, 100);
        (await org.Owner.Post($"/invoices/{id}/credit-notes", new { })).Expect(409, "INVALID_STATUS");
        (await org.Owner.Patch($"/invoices/{id}", new { status = "sent" })).Expect(200);
        var year = services.App.Clock.GetUtcNow().Year;

        var note = (await org.Owner.Post($"/invoices/{id}/credit-notes", new { amount = 30, reason = "Late" })).Expect(201).Data;
        Assert.Equal($"ABC-CN-{year}-0001", note.GetProperty("creditNote").Text("number"));
        Assert.Equal("sent partial 0.00 70.00", await org.Owner.Standing(id));
        (await org.Owner.Post($"/invoices/{id}/credit-notes", new { amount = 71 })).Expect(400, "CREDIT_EXCEEDS_TOTAL");
        var payment = await Billing.AddPayment(org.Owner, id, 70);
        Assert.Equal("paid paid 70.00 0.00", await org.Owner.Standing(id));

        // Of what is paid: more came in than is owed, until it is given back.
        (await org.Owner.Post($"/invoices/{id}/credit-notes", new { amount = 20 })).Expect(201);
        Assert.True((await org.Owner.Invoice(id)).GetProperty("overpaid").GetBoolean());
        (await org.Owner.Post($"/payments/{payment}/refund", new { amount = 20 })).Expect(201);
        Assert.Equal("paid paid 50.00 0.00", await org.Owner.Standing(id));
        Assert.False((await org.Owner.Invoice(id)).GetProperty("overpaid").GetBoolean());
        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;
        Assert.True(check.GetProperty("isSound").GetBoolean(), check.ToString());
    }

    [Theory]
    [InlineData("update invoices set amount_paid = 50 where organization_id = $1")]
    [InlineData("update invoices set amount_credited = 1 where organization_id = $1")]
    [InlineData("update invoices set status = 'paid' where organization_id = $1")]
    [InlineData("""
        insert into payments (organization_id, id, invoice_id, kind, amount, currency, method, payment_date, created_at)
        select organization_id, gen_random_uuid(), id, 'payment', 1, 'EUR', 'cash', now(), now() from invoices where organization_id = $1
        """)]
    [InlineData("""
        insert into payments (organization_id, id, invoice_id, kind, amount, currency, method, payment_date, created_at)
        select organization_id, gen_random_uuid(), id, 'payment', -1, 'USD', 'cash', now(), now() from invoices where organization_id = $1
        """)]
    public async Task The_database_keeps_the_sums_itself(string sql)
    {
        var org = await services.App.NewOrganization();
        await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        var fault = await Assert.ThrowsAsync<PostgresException>(() => org.App.Sql(sql, org.Id));
        Assert.Equal(PostgresErrorCodes.CheckViolation, fault.SqlState);
    }

    [Fact]
    public async Task The_check_finds_what_was_tampered_with()
    {
        var org = await services.App.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Owner, 100, isSent: true);
        await Billing.AddPayment(org.Owner, id, 40);
        var (number, other) = ((await org.Owner.Invoice(id)).Text("number"), await Billing.AddInvoice(org, org.Owner));
        await org.App.Sql("update invoice_items set amount = 90, unit_price = 90 where organization_id = $1 and invoice_id = $2", org.Id, id);
        await org.App.Sql("update payments set amount = 39 where organization_id = $1", org.Id);
        await org.App.Sql("update invoices set number = 'x' || number where organization_id = $1 and id = $2", org.Id, other);
        await org.App.Sql("delete from invoice_totals where organization_id = $1", org.Id);

        var check = (await org.Owner.Get("/invoices/integrity")).Expect(200).Data;

        Assert.False(check.GetProperty("isSound").GetBoolean());
        Assert.Equal(
            ["ledger", "statistics", "totals"],
            check.GetProperty("problems").EnumerateArray().Select(problem => problem.Text("check")).Order(StringComparer.Ordinal));
        Assert.Contains(number, check.GetProperty("problems").ToString(), StringComparison.Ordinal);
        Assert.Equal("[2]", check.GetProperty("series")[0].GetProperty("missing").GetRawText());
    }
}

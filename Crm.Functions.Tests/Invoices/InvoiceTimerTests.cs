using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Invoices;

/// <summary>What happens to invoices as the days go by.</summary>
public sealed class InvoiceTimerTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    private DateOnly Today => DateOnly.FromDateTime(_app.Clock.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task An_invoice_becomes_overdue_once_with_an_entry_and_a_notification()
    {
        var org = await _app.NewOrganization();
        var id = await Add(org, dueIn: 0);
        var draft = await Billing.AddInvoice(org, org.Staff, more: new { issueDate = "2020-01-01" });
        await _app.RunTimer("MarkOverdueInvoices");
        Assert.Empty(await Notices(org));

        _app.Clock.Advance(TimeSpan.FromDays(1));
        await Task.WhenAll(_app.RunTimer("MarkOverdueInvoices"), _app.RunTimer("MarkOverdueInvoices"));
        _app.Clock.Advance(TimeSpan.FromDays(1));
        await _app.RunTimer("MarkOverdueInvoices");

        // The sessions of the first day have ended.
        var staff = await _app.SignInAs(org.Id, org.Staff.Id);
        var invoice = (await staff.Get($"/invoices/{id}")).Expect(200).Data;
        Assert.Equal(("overdue", "draft"), (invoice.Text("status"), (await staff.Get($"/invoices/{draft}")).Expect(200).Data.Text("status")));
        Assert.Equal([$"{org.Staff.Id} Invoice {invoice.Text("number")} is overdue: 100.00 USD still to be paid"], await Notices(org));
        Assert.Equal(["invoice_created", "invoice_sent", "invoice_overdue"], await Entries(id));

        // Another due date is another reason.
        (await staff.Patch($"/invoices/{id}", new { dueDate = Today.ToString("O") })).Expect(200);
        _app.Clock.Advance(TimeSpan.FromDays(1));
        await _app.RunTimer("MarkOverdueInvoices");
        Assert.Equal(2, (await Notices(org)).Length);
    }

    [Fact]
    public async Task Reminders_go_out_three_days_before_and_one_and_seven_days_after_each_once()
    {
        var (org, silent) = (await _app.NewOrganization(), await _app.NewOrganization());
        (await silent.Owner.Patch("/settings/organization", """{"settings":{"invoiceReminders":false}}""")).Expect(200);
        var id = await Add(org, dueIn: 5);
        await Add(silent, dueIn: 5);
        var paid = await Add(org, dueIn: 5);
        (await org.Staff.Patch($"/invoices/{paid}", new { status = "paid" })).Expect(200);
        var number = (await org.Staff.Invoice(id)).Text("number");
        var due = Today.AddDays(5).ToString("MMMM d, yyyy", System.Globalization.CultureInfo.InvariantCulture);
        var expected = new List<string>();

        for (var day = 0; day < 25; day++)
        {
            await Task.WhenAll(_app.RunTimer("SendInvoiceReminders"), _app.RunTimer("SendInvoiceReminders"));
            if (day == 2)
                expected.Add($"Invoice {number} is due on {due}");
            if (day == 6)
                expected.Add($"Invoice {number} was due on {due}");
            if (day == 12)
                expected.Add($"Second reminder: invoice {number}");
            Assert.Equal(expected, await Subjects(org));
            _app.Clock.Advance(TimeSpan.FromDays(1));
        }

        Assert.Empty(await Subjects(silent));
        Assert.Equal(3, (await Entries(id)).Count(action => action == "invoice_reminded"));
    }

    [Fact]
    public async Task What_was_late_when_it_was_sent_and_who_cannot_be_reached_get_no_reminder()
    {
        var org = await _app.NewOrganization();
        // Sent two days after it was due: the letter of the day after is past, the one of the week after comes.
        await Add(org, dueIn: -2);
        var nobody = await Billing.AddInvoice(
            org.Staff, await org.AddContact(org.Staff), isSent: true, more: new { issueDate = "2020-01-01", dueDate = Today.AddDays(3).ToString("O") });
        await _app.RunTimer("SendInvoiceReminders");
        Assert.Empty(await Subjects(org));
        _app.Clock.Advance(TimeSpan.FromDays(5));
        await _app.RunTimer("SendInvoiceReminders");
        Assert.Single(await Subjects(org));
        Assert.Equal(["invoice_created", "invoice_sent"], await Entries(nobody));
    }

    [Fact]
    public async Task The_totals_are_folded_and_stay_what_they_were()
    {
        var org = await _app.NewOrganization();
        var id = await Billing.AddInvoice(org, org.Staff, 10);
        for (var price = 1; price <= 300; price++)
            await _app.Sql("update invoices set total = $2 where organization_id = $1", org.Id, (decimal)price);
        await Billing.AddPayment(org.Staff, id, 300);
        var before = (await org.Owner.Get("/invoices/stats")).Expect(200).Body;

        await _app.RunTimer("FoldInvoiceTotals");

        Assert.Equal(1L, await _app.Scalar<long>("select count(*) from invoice_totals where organization_id = $1", org.Id));
        Assert.Equal(before, (await org.Owner.Get("/invoices/stats")).Expect(200).Body);
    }

    private async Task<string[]> Entries(Guid invoice) => (await _app.Scalar<string>(
        "select string_agg(action, ' ' order by occurred_at, id) from timeline_entries where entity_id = $1", invoice)).Split(' ');

    private Task<Guid> Add(TestOrganization org, int dueIn) => Billing.AddInvoice(
        org, org.Staff, isSent: true, more: new { issueDate = "2020-01-01", dueDate = Today.AddDays(dueIn).ToString("O") });

    private async Task<string[]> Notices(TestOrganization org) => (await _app.Scalar<string>(
        """
        select coalesce(string_agg(user_id || ' ' || title || ': ' || body, e'\n'), '')
        from notifications
        where organization_id = $1 and type = 'invoice.overdue'
        """,
        org.Id)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string[]> Subjects(TestOrganization org) => (await _app.Scalar<string>(
        """select coalesce(string_agg(subject, e'\n' order by created_at), '') from messages where organization_id = $1""", org.Id))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

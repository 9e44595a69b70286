using Crm.Functions.Sending;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Invoicing;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Invoices;

/// <summary>
/// Reminds the contacts of invoices that will be due in three days, were due yesterday, or a week ago: each time once, as the invoice's <c>reminder</c> knows.
/// The claim and the letters are one transaction. An organisation's setting <c>invoiceReminders</c> switches it off.
/// </summary>
public static class SendInvoiceReminders
{
    /// <summary>Invoices in one transaction, as in the statement.</summary>
    private const int BatchSize = 50;

    private sealed record Claimed(Guid OrganizationId, Guid Id, short Step);

    // A step that was missed is not made up for when the next one is due, nor long after.
    private const string ClaimSql = $"""
        with due as (
            select i.organization_id, i.id, s.step
            from invoices i
            join organizations o on o.id = i.organization_id
            {Places.JoinSql}
            cross join lateral (select count(*)::smallint as step from unnest(@StepDays::integer[]) as d where z.today >= i.due_date + d) s
            where i.status = 'sent'
              and i.deleted_at is null
              and i.reminder < 3
              and i.due_date between @Earliest and @Latest
              and z.today between i.due_date + @First and i.due_date + @Last
              and s.step > i.reminder
              and o.invoice_reminders
            order by i.due_date, i.organization_id, i.id
            limit 50
            for no key update of i skip locked)
        update invoices i
        set reminder = due.step
        from due
        where i.organization_id = due.organization_id and i.id = due.id
        returning i.organization_id, i.id, due.step
        """;

    private static readonly (string Subject, string Content)[] Letters =
    [
        (
            "Invoice {{ invoice_number }} is due on {{ due_date_formatted }}",
            "Hello {{ first_name | default: \"there\" }},\n\na friendly reminder: invoice {{ invoice_number }} is due on {{ due_date_formatted }}. "
                + "Still to be paid: {{ amount_due }} {{ currency }}.\n\n{{ payment_link }}\n\nThank you,\n{{ company_name }}"),
        (
            "Invoice {{ invoice_number }} was due on {{ due_date_formatted }}",
            "Hello {{ first_name | default: \"there\" }},\n\ninvoice {{ invoice_number }} was due on {{ due_date_formatted }}. Still to be paid: "
                + "{{ amount_due }} {{ currency }}. If you have paid it in the meantime, please ignore this letter.\n\n{{ payment_link }}\n\n"
                + "Thank you,\n{{ company_name }}"),
        (
            "Second reminder: invoice {{ invoice_number }}",
            "Hello {{ first_name | default: \"there\" }},\n\ninvoice {{ invoice_number }}, due on {{ due_date_formatted }}, is not paid yet. Please pay "
                + "{{ amount_due }} {{ currency }} now, or tell us what is in the way.\n\n{{ payment_link }}\n\nThank you,\n{{ company_name }}"),
    ];

    public static async Task Handle(Db db, InvoiceLinks links, IOptions<SendGridOptions> mail, CancellationToken ct)
    {
        if (!mail.Value.IsConfigured)
            return;
        var places = await Places.Read(db, ct);
        // Where the app was just set up.
        if (places.Zones is [])
            return;
        while (await Remind(db, places, links, ct) == BatchSize)
        {
            // More are due.
        }
    }

    private static Task<int> Remind(Db db, Places places, InvoiceLinks links, CancellationToken ct) => db.Transaction(Scope.Global, async tx =>
    {
        var (first, last) = (ReminderSteps.Days[0], ReminderSteps.Days[^1] + ReminderSteps.Patience);
        var claimed = await tx.List<Claimed>(ClaimSql, new
        {
            places.Zones,
            places.Days,
            StepDays = ReminderSteps.Days.ToArray(),
            First = first,
            Last = last,
            // Where it is today already is two days before where it still is yesterday.
            Earliest = places.Latest.AddDays(-last - 2),
            Latest = places.Latest.AddDays(-first),
        });
        foreach (var (organizationId, id, step) in claimed)
            await Write(tx.In(organizationId), id, step, links);
        return claimed.Count;
    }, ct);

    private static async Task Write(DbTransaction tx, Guid id, int step, InvoiceLinks links)
    {
        var invoice = await InvoiceRow.Read(tx, id);
        var paper = await InvoicePaper.Find(tx, invoice.ContactId);
        if (string.IsNullOrWhiteSpace(paper.Email) || paper.IsDeleted || Consent.HardReasons.Contains(paper.EmailSuppressed))
            return;
        var link = links.Of(id, invoice.TokenHash);
        var (subject, content) = Letters[step - 1];
        var (texts, _) = InvoiceTexts.Of(new(subject, content, null), InvoiceTexts.Values(invoice, paper, null, null, link, tx.Now), null, link);
        await InvoiceMessage.Write(tx, invoice.ContactId, "email", paper.Email, texts!, null, links);
        await InvoiceJournal.Record(tx, null, id, invoice.ContactId, "reminded", $"Reminder of invoice {invoice.Number} sent", $"to {paper.Email}");
    }
}

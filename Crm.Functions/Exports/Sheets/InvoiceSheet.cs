using Crm.Functions.Invoices;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Exports.Sheets;

internal static class InvoiceSheet
{
    public static readonly Sheet Sheet = new()
    {
        Name = "Invoices",
        From = ListInvoices.Searched,
        Alias = "i",
        Joins = """
            left join contacts k on k.organization_id = i.organization_id and k.id = i.contact_id
            left join users u on u.organization_id = i.organization_id and u.id = i.creator_id
            """,
        Since = "i.created_at",
        Columns =
        [
            new("Number", CellKind.Text, "i.number"),
            new("Status", CellKind.Text, InvoiceStates.EffectiveSql),
            new("Contact", CellKind.Text, "k.name"),
            new("Contact email", CellKind.Text, "k.email"),
            new("Issue date", CellKind.Date, "i.issue_date"),
            new("Due date", CellKind.Date, "i.due_date"),
            new("Currency", CellKind.Text, "i.currency"),
            new("Subtotal", CellKind.Number, "i.subtotal"),
            new("Discount", CellKind.Number, "i.discount_total"),
            new("Tax", CellKind.Number, "i.tax_total"),
            new("Total", CellKind.Number, "i.total"),
            new("Paid", CellKind.Number, "i.amount_paid"),
            new("Credited", CellKind.Number, "i.amount_credited"),
            new("Remaining", CellKind.Number, """
                case when i.status = 'cancelled' then 0.00 else greatest(0.00, i.total - i.amount_paid - i.amount_credited) end
                """),
            new("Notes", CellKind.Text, "i.notes"),
            new("Creator", CellKind.Text, "u.email"),
            new("Sent (UTC)", CellKind.Time, "i.sent_at"),
            new("Paid (UTC)", CellKind.Time, "i.paid_at"),
            new("Created (UTC)", CellKind.Time, "i.created_at"),
        ],
    };
}

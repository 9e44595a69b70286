using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>What happens with an invoice, in the audit trail, on the timeline of its contact, and as that one's latest activity.</summary>
internal static class InvoiceJournal
{
    /// <summary>Records one change; the action is written <c>invoice_sent</c> on the timeline and <c>invoice.sent</c> in the audit trail.</summary>
    public static Task Record(
        DbTransaction tx, Guid? actorId, Guid invoiceId, Guid contactId, string verb, string title,
        string? description = null, Change[]? changes = null, object? facts = null) =>
        Record(tx, actorId, invoiceId, contactId, "invoice", $"invoice_{verb}", title, description, changes, facts);

    /// <summary>Records what came in or was given back: <c>payment_recorded</c>, <c>payment_refunded</c>.</summary>
    public static Task RecordPayment(
        DbTransaction tx, Guid? actorId, Guid invoiceId, Guid contactId, string verb, string title, string? description, object facts) =>
        Record(tx, actorId, invoiceId, contactId, "payment", $"payment_{verb}", title, description, null, facts);

    private static Task Record(
        DbTransaction tx, Guid? actorId, Guid invoiceId, Guid contactId, string type, string action, string title,
        string? description, Change[]? changes, object? facts) =>
        tx.Record(actorId, new(action.Replace('_', '.'), "invoice", invoiceId)
        {
            Facts = facts,
            Entries = [new(contactId, type, action, title, description) { Changes = changes }],
            IsActivity = true,
        });
}

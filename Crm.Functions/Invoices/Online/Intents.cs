using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>The payments of an invoice that were begun online, when something else becomes of the invoice.</summary>
internal static class Intents
{
    private const string OpenSql = """
        select id
        from payment_intents
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
          and status in ('created', 'open')
        """;

    private const string LiveSql = """
        select true
        from payment_intents
        where organization_id = @OrganizationId
          and invoice_id = @InvoiceId
          and status in ('created', 'open', 'processing')
        limit 1
        """;

    /// <summary>Whether a payment may still come in by itself.</summary>
    public static Task<bool> AreLive(DbTransaction tx, Guid invoiceId) => tx.Find<bool>(LiveSql, new { InvoiceId = invoiceId });

    /// <summary>
    /// Has those cancelled, once the transaction is committed, that the invoice does not want any more; with <paramref name="isStale"/> all there are now.
    /// </summary>
    public static async Task Recheck(DbTransaction tx, Guid invoiceId, bool isStale = false)
    {
        var open = await tx.List<Guid>(OpenSql, new { InvoiceId = invoiceId });
        if (open.Count > 0)
            await tx.Send(Queues.CheckPayments, new CheckPayments.Message(tx.Scope.OrganizationId, invoiceId, isStale ? [.. open] : null));
    }
}

using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Functions.Timeline;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class CancelInvoice
{
    /// <summary>Cancels an invoice to which nothing is paid; it stays, with its number. Cancelling it again changes nothing.</summary>
    [Function("CancelInvoice"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static Task<Reply<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/cancel")] HttpRequest http,
        Guid id, Caller caller, Db db, InvoiceLinks links, CancellationToken ct) =>
        db.Transaction<Reply<InvoiceDetail>>(caller.Scope, async tx =>
        {
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return Errors.InvoiceNotFound;
            if (invoice.Status == InvoiceStates.Paid)
                return Errors.InvoicePaid;
            if (invoice.Covered != 0)
                return Errors.InvoiceHasPayments;
            if (invoice.Status != InvoiceStates.Cancelled)
            {
                await (invoice with { Status = InvoiceStates.Cancelled, CancelledAt = tx.Now }).Save(tx);
                await Intents.Recheck(tx, id);
                await InvoiceJournal.Record(
                    tx, caller.UserId, id, invoice.ContactId, "cancelled", $"Invoice {invoice.Number} cancelled",
                    changes: [new Change("status", invoice.Status, InvoiceStates.Cancelled)]);
            }

            return await InvoiceDetail.Read(tx, id, caller, links);
        }, ct);
}

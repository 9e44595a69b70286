using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class DuplicateInvoice
{
    /// <summary>Makes a new draft like an invoice, issued today and due after as many days.</summary>
    [Function("DuplicateInvoice"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static Task<Created<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/duplicate")] HttpRequest http,
        Guid id, Caller caller, Db db, InvoiceLinks links, CancellationToken ct) =>
        db.Transaction<Created<InvoiceDetail>>(caller.Scope, async tx =>
        {
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return Errors.InvoiceNotFound;
            var copyId = Guid.CreateVersion7(tx.Now);
            var parties = await InvoiceParties.Find(tx, caller, invoice.ContactId, copyId, []);
            if (parties.ContactFault is { } fault)
                return fault;
            var today = caller.Today(tx.Now);
            return await new InvoiceDraft
            {
                Parties = parties,
                DealId = invoice.DealId,
                Currency = invoice.Currency,
                IssueDate = today,
                DueDate = today.AddDays(invoice.DueDate.DayNumber - invoice.IssueDate.DayNumber),
                PaymentTerms = invoice.PaymentTerms,
                Notes = invoice.Notes,
                Terms = invoice.Terms,
                Lines = await InvoiceItems.Of(tx, id),
            }.Save(tx, copyId, caller, links, $"Copied from {invoice.Number}");
        }, ct);
}

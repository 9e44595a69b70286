using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class GetInvoice
{
    /// <summary>One invoice, with its lines, its payments and the address at which its customer sees it.</summary>
    /// <remarks>The <c>ETag</c> is the invoice's version; whether it is overdue changes without it, with the day.</remarks>
    [Function("GetInvoice"), Tags("Invoices"), Allow(Permission.ReadInvoices)]
    public static async Task<Reply<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "invoices/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, InvoiceLinks links, CancellationToken ct)
    {
        var invoice = await InvoiceDetail.Find(db, caller.Scope, id, caller.Today(db.Now), ct);
        return invoice is null
            ? await Access.Refusal(db, caller.Scope, Owned.Invoice, id, Errors.InvoiceNotFound, ct)
            : Reply<InvoiceDetail>.Live(links.Shown(invoice), invoice.Version);
    }
}

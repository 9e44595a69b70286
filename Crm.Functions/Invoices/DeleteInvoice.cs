using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class DeleteInvoice
{
    public sealed record Response(Guid Id);

    // What was entered in its ledger stays in it, given back or not.
    private const string DeleteSql = """
        update invoices
        set deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and not exists (select from payments p where p.organization_id = @OrganizationId and p.invoice_id = @Id)
        """;

    /// <summary>Deletes an invoice to which nothing was paid. Its number is not given again.</summary>
    [Function("DeleteInvoice"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "invoices/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return await Access.Refusal(tx, Owned.Invoice, id, Errors.InvoiceNotFound);
            if (invoice.Status == InvoiceStates.Paid)
                return Errors.InvoicePaid;
            if (await tx.Execute(DeleteSql, new { Id = id, tx.Now }) == 0)
                return Errors.InvoiceHasPayments;
            await Intents.Recheck(tx, id);
            await InvoiceJournal.Record(tx, caller.UserId, id, invoice.ContactId, "deleted", $"Invoice {invoice.Number} deleted");
            return new Response(id);
        }, ct);
}

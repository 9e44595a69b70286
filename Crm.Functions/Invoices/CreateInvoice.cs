using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class CreateInvoice
{
    /// <param name="ContactId">Whom it is for; one the caller may see.</param>
    /// <param name="Items">What is charged, 1 to 200 lines. Totals follow from them; given ones are ignored.</param>
    /// <param name="IssueDate">The day it is written, today by default; its year is the number's.</param>
    /// <param name="DueDate">Not before the issue date; by default as the payment terms say, or 30 days after it.</param>
    /// <param name="Notes">What the customer should know.</param>
    /// <param name="Terms">What is printed below it.</param>
    /// <param name="PaymentTerms">Net 30 by default; "Net" and a number of days say when it is due.</param>
    /// <param name="Currency">USD, EUR, GBP, CAD or AUD; the organisation's by default.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed] Guid? ContactId,
        [Needed] InvoiceItems.Request?[]? Items,
        [Date] ClientTime? IssueDate,
        [Date] ClientTime? DueDate,
        [Text(5000)] string? Notes,
        [Text(5000)] string? Terms,
        [Text(100)] string? PaymentTerms,
        [Currency] string? Currency)
    {
        public static Request Example => new(
            Demo.Contact(4), [new(Demo.Product(1), null, 4, null, 8.875m, 10), new(null, "Delivery and assembly", null, 120.00m)], null, null,
            "Thank you for your order.", "Goods remain ours until paid in full.", "Net 14", "USD");
    }

    /// <summary>Creates an invoice for a contact: a draft with a number of its own.</summary>
    /// <remarks>
    /// The number is the organisation's prefix (its setting <c>invoicePrefix</c>, or the first three letters of its name), the year of the issue date and
    /// a count without gaps: ABC-2024-0001.
    /// </remarks>
    [Function("CreateInvoice"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Created<InvoiceDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices")] Request request, Caller caller, Db db, InvoiceLinks links, CancellationToken ct) =>
        db.Transaction<Created<InvoiceDetail>>(caller.Scope, async tx =>
        {
            var id = Guid.CreateVersion7(tx.Now);
            var parties = await InvoiceParties.Find(tx, caller, request.ContactId!.Value, id, request.Items!);
            if (parties.ContactFault is { } contactFault)
                return contactFault;
            var currency = request.Currency?.ToUpperInvariant() ?? parties.Currency;
            var (lines, itemFault) = InvoiceLines.Complete(currency, parties.ProductsJson, request.Items!);
            if (itemFault is not null)
                return itemFault;
            var issued = request.IssueDate?.DateIn(caller.Zone) ?? caller.Today(tx.Now);
            var terms = Fields.Text(request.PaymentTerms) ?? PaymentTerms.Default;
            var due = request.DueDate?.DateIn(caller.Zone) ?? InvoiceRules.Due(issued, terms);
            if (InvoiceRules.DateFault(issued, due) is { } dateFault)
                return dateFault;

            return await new InvoiceDraft
            {
                Parties = parties,
                Currency = currency,
                IssueDate = issued,
                DueDate = due,
                PaymentTerms = terms,
                Notes = Fields.Text(request.Notes),
                Terms = Fields.Text(request.Terms),
                Lines = lines,
            }.Save(tx, id, caller, links);
        }, ct);
}

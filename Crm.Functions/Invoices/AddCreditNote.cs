using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

public static class AddCreditNote
{
    /// <param name="Amount">What is taken off; by default what is still to be paid, or of a paid invoice all that was not credited yet.</param>
    /// <param name="Reason">Why.</param>
    [ValidatableType]
    public sealed record Request([Amount] decimal? Amount, [Text(1000)] string? Reason)
    {
        public static Request Example => new(15.00m, "Delivered a week late.");
    }

    /// <param name="CreditNote">The credit note, with its own number.</param>
    /// <param name="Invoice">The invoice after it.</param>
    public sealed record Response(Payment CreditNote, Balance Invoice);

    private sealed record Issuer(string Name, string? InvoicePrefix);

    private const string IssuerSql = """
        select name, invoice_prefix
        from organizations
        where id = @OrganizationId
        """;

    private const string NumberSql = $"""
        with {InvoiceNumber.TakeSql}
        select number
        from counter
        """;

    /// <summary>Takes something off an invoice that was sent or paid.</summary>
    /// <remarks>Of a paid one it leaves more paid than is owed: <c>overpaid</c>, until a refund gives it back.</remarks>
    [Function("AddCreditNote"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/credit-notes")] Request? request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<Response>>(caller.Scope, async tx =>
        {
            request ??= new(null, null);
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return Errors.InvoiceNotFound;
            if (invoice.Status == InvoiceStates.Draft)
                return Errors.InvoiceIsDraft;
            if (invoice.Status == InvoiceStates.Cancelled)
                return Errors.InvoiceCancelled;
            var left = invoice.Total - invoice.AmountCredited;
            var amount = request.Amount ?? (invoice.Rest > 0 ? invoice.Rest : left);
            if (amount > left || amount == 0)
                return InvoiceRules.TooMuch(Errors.CreditExceedsTotal, left, invoice.Currency);

            var today = caller.Today(tx.Now);
            var issuer = (await tx.Find<Issuer>(IssuerSql, null))!;
            var prefix = InvoiceNumber.CreditNotePrefix(InvoiceNumber.Prefix(issuer.InvoicePrefix, issuer.Name));
            var number = await tx.Find<string>(NumberSql, new { Prefix = prefix, today.Year });
            var outcome = await Ledger.Add(tx, caller, invoice, new(Payment.CreditNoteKind, amount + 0.00m, today)
            {
                Number = number,
                Notes = Fields.Text(request.Reason),
            });
            await InvoiceJournal.Record(
                tx, caller.UserId, id, invoice.ContactId, "credited",
                $"Credit note {number} of {Amounts.Of(amount, invoice.Currency)} for invoice {invoice.Number}",
                Fields.Text(request.Reason), facts: new { number, amount, invoice.Currency });
            return new Response(outcome.Payment, outcome.Invoice);
        }, ct);
}

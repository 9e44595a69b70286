using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class RefundPayment
{
    /// <param name="Amount">What is given back; all that is left of the payment by default.</param>
    /// <param name="Reason">Why.</param>
    [ValidatableType]
    public sealed record Request([Amount] decimal? Amount, [Text(1000)] string? Reason)
    {
        public static Request Example => new(20.00m, "One chair was damaged.");
    }

    /// <param name="Payment">The refund that was entered.</param>
    /// <param name="Invoice">The invoice after it: what was given back is to be paid again, unless a credit note takes it off.</param>
    public sealed record Response(Payment Payment, Balance Invoice);

    private const string InvoiceSql = """
        select invoice_id
        from payments
        where organization_id = @OrganizationId
          and id = @Id
          and kind = 'payment'
        """;

    /// <summary>Gives a payment back, in whole or in part.</summary>
    /// <remarks>The money itself goes back the way it came: by hand.</remarks>
    [Function("RefundPayment"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "payments/{id:guid}/refund")] Request? request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<Response>>(caller.Scope, async tx =>
        {
            request ??= new(null, null);
            // The invoice is locked first: of two refunds at once the second sees what is left.
            if (await tx.Find<Guid?>(InvoiceSql, new { Id = id }) is not { } invoiceId || await InvoiceRow.Lock(tx, invoiceId) is not { } invoice)
                return Errors.PaymentNotFound;
            var payment = (await tx.Find<Payment>(Payment.ByIdSql, new { Id = id }))!;
            var left = payment.Amount - payment.RefundedAmount;
            if (left == 0)
                return Errors.PaymentRefunded;
            var amount = request.Amount ?? left;
            if (amount > left)
                return InvoiceRules.TooMuch(Errors.RefundExceedsPayment, left, invoice.Currency);
            if (payment.Provider is not null)
                return Errors.ProviderNotConfigured;

            var outcome = await Ledger.Add(tx, caller, invoice, new(Payment.RefundKind, -amount - 0.00m, caller.Today(tx.Now))
            {
                Method = payment.PaymentMethod,
                Notes = Fields.Text(request.Reason),
                RefundOf = id,
            });
            await InvoiceJournal.RecordPayment(
                tx, caller.UserId, invoice.Id, invoice.ContactId, "refunded", $"{Amounts.Of(amount, invoice.Currency)} refunded for invoice {invoice.Number}",
                Fields.Text(request.Reason), new { paymentId = id, refundId = outcome.Payment.Id, amount, invoice.Currency });
            return new Response(outcome.Payment, outcome.Invoice);
        }, ct);
}

using Crm.Functions.Auth;
using Crm.Functions.Invoices.Online;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

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

    private sealed record Step(Response? Done, RefundRow? Asked, Error? Fault);

    /// <summary>Gives a payment back, in whole or in part.</summary>
    /// <remarks>
    /// One that was paid online goes back through Stripe, and is entered when Stripe has taken it; where its answer is lost (503) nothing is given twice: ask
    /// again, or wait until it is found out. Of others the money goes back the way it came: by hand.
    /// </remarks>
    [Function("RefundPayment"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static async Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "payments/{id:guid}/refund")] Request? request, Guid id, Caller caller, Db db, StripePayments stripe,
        CancellationToken ct)
    {
        request ??= new(null, null);
        var step = await db.Transaction(caller.Scope, tx => Begin(tx, caller, id, request, stripe), ct);
        if (step.Asked is not { } asked)
            return step.Done is not null ? step.Done : step.Fault!;
        var (entry, fault) = await CardRefunds.Carry(db, stripe, caller.Scope, asked, ct);
        if (entry is not { } entryId)
            return fault!;
        return await db.Transaction<Created<Response>>(caller.Scope, async tx => new Response(
            (await tx.Find<Payment>(Payment.ByIdSql, new { Id = entryId }))!,
            Balance.Of(await InvoiceRow.Read(tx, asked.InvoiceId), caller.Today(tx.Now))), ct);
    }

    private static async Task<Step> Begin(DbTransaction tx, Caller caller, Guid id, Request request, StripePayments stripe)
    {
        // The invoice is locked first: of two refunds at once the second sees what is left.
        if (await tx.Find<Guid?>(InvoiceSql, new { Id = id }) is not { } invoiceId || await InvoiceRow.LockAny(tx, invoiceId) is not { } invoice)
            return new(null, null, Errors.PaymentNotFound);
        var payment = (await tx.Find<Payment>(Payment.ByIdSql, new { Id = id }))!;
        var left = payment.Amount - payment.RefundedAmount;
        // Less than nothing is left where a dispute and a refund took it twice.
        if (left <= 0)
            return new(null, null, Errors.PaymentRefunded);
        var amount = request.Amount ?? left;
        if (amount > left)
            return new(null, null, InvoiceRules.TooMuch(Errors.RefundExceedsPayment, left, invoice.Currency));
        if (payment.Provider is not null)
        {
            if (!stripe.IsConfigured)
                return new(null, null, Errors.PaymentsNotConfigured);
            var (asked, fault) = await CardRefunds.Begin(tx, caller, payment, request.Amount, Fields.Text(request.Reason));
            return new(null, asked, fault);
        }

        var outcome = await Ledger.Add(tx, caller, invoice, new(Payment.RefundKind, -amount - 0.00m, caller.Today(tx.Now))
        {
            Method = payment.PaymentMethod,
            Notes = Fields.Text(request.Reason),
            RefundOf = id,
        });
        await InvoiceJournal.RecordPayment(
            tx, caller.UserId, invoice.Id, invoice.ContactId, "refunded", $"{Amounts.Of(amount, invoice.Currency)} refunded for invoice {invoice.Number}",
            Fields.Text(request.Reason), new { paymentId = id, refundId = outcome.Payment.Id, amount, invoice.Currency });
        return new(new(outcome.Payment, outcome.Invoice), null, null);
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class ListPayments
{
    /// <param name="Payments">Payments, refunds and credit notes, the oldest first.</param>
    /// <param name="Summary">What they add up to.</param>
    public sealed record Response(IReadOnlyList<Payment> Payments, Totals Summary);

    /// <param name="Total">What the invoice comes to.</param>
    /// <param name="AmountPaid">Money received, less what was given back.</param>
    /// <param name="AmountCredited">What credit notes took off.</param>
    /// <param name="RemainingAmount">What is still to be paid.</param>
    /// <param name="Count">How many payments came in.</param>
    /// <param name="Refunded">What was given back.</param>
    public sealed record Totals(decimal Total, decimal AmountPaid, decimal AmountCredited, decimal RemainingAmount, int Count, decimal Refunded);

    /// <summary>What was paid for an invoice, given back and credited.</summary>
    [Function("ListPayments"), Tags("Invoices"), Allow(Permission.ReadInvoices)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "invoices/{id:guid}/payments")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        if (await InvoiceDetail.Find(db, caller.Scope, id, caller.Today(db.Now), ct) is not { } invoice)
            return await Access.Refusal(db, caller.Scope, Owned.Invoice, id, Errors.InvoiceNotFound, ct);
        var payments = invoice.Payments;
        return new Response(payments, new(
            invoice.Total, invoice.AmountPaid, invoice.AmountCredited, invoice.RemainingAmount, payments.Count(entry => entry.Kind == Payment.PaymentKind),
            0.00m - payments.Where(entry => entry.Kind == Payment.RefundKind).Sum(entry => entry.Amount)));
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class RecordPayment
{
    /// <param name="Amount">Above 0, at most two decimals, at most what is still to be paid.</param>
    /// <param name="PaymentMethod">cash, check, credit_card, bank_transfer, paypal, stripe or other.</param>
    /// <param name="PaymentDate">Today by default, and not after today.</param>
    /// <param name="Reference">The number of the check or transfer.</param>
    /// <param name="Notes">What else is to be known.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Amount] decimal? Amount,
        [Needed, OneOf("cash", "check", "credit_card", "bank_transfer", "paypal", "stripe", "other")] string PaymentMethod,
        [Date] ClientTime? PaymentDate,
        [Text(100)] string? Reference,
        [Text(1000)] string? Notes)
    {
        public static Request Example => new(100.00m, "bank_transfer", null, "TR-2041", null);
    }

    /// <param name="Payment">What was entered.</param>
    /// <param name="Invoice">The invoice after it.</param>
    public sealed record Response(Payment Payment, Balance Invoice);

    /// <summary>Records a payment that came in otherwise than online. With the last of it the invoice is paid.</summary>
    [Function("RecordPayment"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static Task<Created<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/payments")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<Response>>(caller.Scope, async tx =>
        {
            if (await InvoiceRow.Lock(tx, id) is not { } invoice)
                return await Access.Refusal(tx, Owned.Invoice, id, Errors.InvoiceNotFound);
            if (InvoiceRules.Closed(invoice) is { } closed)
                return closed;
            if (request.Amount > invoice.Rest)
                return InvoiceRules.TooMuch(Errors.PaymentExceedsBalance, invoice.Rest, invoice.Currency);
            var today = caller.Today(tx.Now);
            var date = request.PaymentDate?.DateIn(caller.Zone) ?? today;
            if (date > today)
                return Error.Invalid("paymentDate", "paymentDate must not be in the future.");

            var outcome = await Ledger.Pay(tx, caller, invoice, new(Payment.PaymentKind, request.Amount!.Value + 0.00m, date)
            {
                Method = request.PaymentMethod.ToLowerInvariant(),
                Reference = Fields.Text(request.Reference),
                Notes = Fields.Text(request.Notes),
            });
            return new Response(outcome.Payment, outcome.Invoice);
        }, ct);
}

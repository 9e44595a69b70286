using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

public static class PayInvoice
{
    /// <param name="Amount">At most what is still to be paid, which is the default; at least 0.50 (GBP 0.30).</param>
    /// <param name="Currency">The invoice's, which is the default.</param>
    [ValidatableType]
    public sealed record Request([Amount] decimal? Amount, [Currency] string? Currency)
    {
        public static Request Example => new(100.00m, "USD");
    }

    /// <param name="ClientSecret">For <c>stripe.confirmPayment</c> of Stripe.js, in the customer's browser. Keep it nowhere.</param>
    /// <param name="PaymentIntentId">Stripe's id of it.</param>
    /// <param name="Amount">What is asked for, in major units.</param>
    /// <param name="Currency">In lower case, as Stripe writes it.</param>
    /// <param name="PublishableKey">For <c>Stripe(…)</c> in the browser.</param>
    /// <param name="Invoice">What it is for.</param>
    public sealed record Response(
        string ClientSecret, string PaymentIntentId, decimal Amount, string Currency, string PublishableKey, PaidInvoice Invoice);

    /// <param name="Id">The invoice.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Total">What it comes to.</param>
    /// <param name="RemainingAmount">What is still to be paid before this payment.</param>
    public sealed record PaidInvoice(Guid Id, string Number, decimal Total, decimal RemainingAmount);

    /// <summary>Begins a payment online with Stripe, or finds the one that was begun for this amount.</summary>
    /// <remarks>
    /// One of another amount that nobody has paid yet is cancelled where both together would be more than is owed. The invoice is paid when Stripe says so.
    /// </remarks>
    [Function("PayInvoice"), Tags("Invoices"), Allow(Permission.WriteInvoices)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "invoices/{id:guid}/pay")] Request? request, Guid id, Caller caller, Db db, StripePayments stripe,
        Receipts receipts, CancellationToken ct)
    {
        var (response, fault) = await Checkout.Open(db, stripe, caller.Scope, id, new(request?.Amount, request?.Currency, caller.UserId), receipts, ct);
        if (response is not null)
            return response;
        return fault ?? await Access.Refusal(db, caller.Scope, Owned.Invoice, id, Errors.InvoiceNotFound, ct);
    }
}

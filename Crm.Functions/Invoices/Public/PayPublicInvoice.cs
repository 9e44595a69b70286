using Crm.Functions.Invoices.Online;
using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Public;

public static class PayPublicInvoice
{
    /// <summary>Begins a customer's payment, or finds the one that was begun; what Stripe knows to be paid by now is entered first.</summary>
    /// <param name="token" example="Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3kq8Xc5">The end of the link in the mail that POST /invoices/{id}/send sends.</param>
    [Function("PayPublicInvoice"), Tags("Invoices"), AllowAnonymous]
    public static async Task<Reply<PayInvoice.Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "public/invoices/{token}/pay")] PayInvoice.Request? request, HttpContext context,
        string token, Db db, InvoiceLinks links, StripePayments stripe, Receipts receipts, CancellationToken ct)
    {
        InvoicePage.Guard(context);
        var (found, fault) = await PublicInvoice.Find(db, token, links, ct);
        if (found is null)
            return fault!;
        var (response, refusal) = await Checkout.Open(db, stripe, found.Scope, found.Invoice.Id, new(request?.Amount, request?.Currency, null), receipts, ct);
        return response is not null ? response : refusal ?? Errors.InvoiceWithdrawn;
    }
}

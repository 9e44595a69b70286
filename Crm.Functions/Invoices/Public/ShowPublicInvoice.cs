using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Invoices.Public;

public static class ShowPublicInvoice
{
    /// <summary>The page at which a customer sees an invoice, without signing in: the link in the mail leads here.</summary>
    /// <param name="token" example="Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3kq8Xc5">The end of the link in the mail that POST /invoices/{id}/send sends.</param>
    [Function("ShowPublicInvoice"), Tags("Invoices"), AllowAnonymous]
    public static async Task<InvoicePage> Handle(
        [HttpTrigger(Anonymous, "get", Route = "public/invoices/{token}")] HttpRequest http, string token, Db db, InvoiceLinks links,
        IOptions<StripeOptions> stripe, CancellationToken ct)
    {
        var (found, fault) = await PublicInvoice.Find(db, token, links, ct);
        return found is null ? fault! : new InvoicePage(found, stripe.Value);
    }
}

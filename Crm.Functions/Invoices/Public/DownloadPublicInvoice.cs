using Crm.Functions.Invoices.Pdf;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Public;

public static class DownloadPublicInvoice
{
    /// <summary>The invoice as a PDF, for its customer.</summary>
    /// <param name="token" example="Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3kq8Xc5">The end of the link in the mail that POST /invoices/{id}/send sends.</param>
    [Function("DownloadPublicInvoice"), Tags("Invoices"), AllowAnonymous]
    public static async Task<PdfFile> Handle(
        [HttpTrigger(Anonymous, "get", Route = "public/invoices/{token}/pdf")] HttpContext context,
        string token, Db db, InvoiceLinks links, Logo logo, CancellationToken ct)
    {
        InvoicePage.Guard(context);
        var (found, fault) = await PublicInvoice.Find(db, token, links, ct);
        if (found is null)
            return fault!;
        using var image = await logo.Find(db, found.Scope, ct);
        return new PdfFile(InvoicePdf.Of(found.Invoice, found.Paper, image), $"{found.Invoice.Number}.pdf");
    }
}

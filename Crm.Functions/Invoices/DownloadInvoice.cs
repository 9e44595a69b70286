using Crm.Functions.Auth;
using Crm.Functions.Invoices.Pdf;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class DownloadInvoice
{
    /// <summary>The invoice as a PDF: A4, or Letter where the organisation is in North America.</summary>
    [Function("DownloadInvoice"), Tags("Invoices"), Allow(Permission.ManageInvoices)]
    public static async Task<PdfFile> Handle(
        [HttpTrigger(Anonymous, "get", Route = "invoices/{id:guid}/pdf")] HttpRequest http,
        Guid id, Caller caller, Db db, InvoiceLinks links, Logo logo, CancellationToken ct)
    {
        if (await InvoiceDetail.Find(db, caller.Scope, id, caller.Today(db.Now), ct) is not { } invoice)
            return Errors.InvoiceNotFound;
        var paper = await InvoicePaper.Find(db, caller.Organization, invoice.ContactId, ct);
        using var image = await logo.Find(db, caller.Organization, ct);
        return new PdfFile(InvoicePdf.Of(links.Shown(invoice), paper, image), $"{invoice.Number}.pdf");
    }
}

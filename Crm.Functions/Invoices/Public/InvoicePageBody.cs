using System.Globalization;
using System.Net;
using System.Text;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices.Public;

/// <summary>The page of an invoice in html, for a phone as for a desk.</summary>
internal static class InvoicePageBody
{
    public static string Of(Error fault) => Page("Invoice", $"<main><h1>Nothing to pay here</h1><p class=\"grey\">{Text(fault.Message)}</p></main>");

    public static string Of(PublicInvoice found, PayPlace place)
    {
        var (invoice, paper) = (found.Invoice, found.Paper);
        var items = string.Concat(invoice.Items.Select(item => $"""
            <tr>
            <td>{Text(item.Description)}<div class="grey">{Number(item.Quantity)} × {Amounts.Of(item.UnitPrice)}{Extras(item)}</div></td>
            <td class="money">{Amounts.Of(item.Amount)}</td>
            </tr>
            """));
        var body = $"""
            <main>
            <header>
            <div><strong>{Text(paper.OrganizationName)}</strong>{Lines(paper.Sender)}</div>
            <span class="state {invoice.Status}">{Word(invoice.Status)}</span>
            </header>
            <h1>{Amounts.Of(invoice.Status == InvoiceStates.Paid ? invoice.Total : invoice.RemainingAmount)} <small>{invoice.Currency}</small></h1>
            <p class="grey">{Due(invoice)}</p>
            <dl>
            <dt>Invoice</dt><dd>{invoice.Number}</dd><dt>Issued</dt><dd>{Amounts.Day(invoice.IssueDate)}</dd><dt>For</dt><dd>{Text(paper.ContactName)}</dd>
            </dl>
            {place.Html}
            <table>{items}</table>
            <table class="sums">{Sums(invoice)}</table>
            {Words("Notes", invoice.Notes)}{Words("Terms", invoice.Terms)}
            <p><a class="button" href="{Text(invoice.PublicUrl!)}/pdf" download>Download PDF</a></p>
            </main>
            """;
        return Page($"Invoice {invoice.Number} from {paper.OrganizationName}", body);
    }

    private static string Due(InvoiceDetail invoice) => invoice.Status switch
    {
        InvoiceStates.Paid => "Paid. Thank you!",
        InvoiceStates.Cancelled => "This invoice was cancelled: nothing is to be paid.",
        InvoiceStates.Overdue => $"Was due on {Amounts.Day(invoice.DueDate)}",
        _ => $"Due on {Amounts.Day(invoice.DueDate)}",
    };

    private static string Sums(InvoiceDetail invoice)
    {
        var rows = new StringBuilder();
        Row("Subtotal", invoice.Subtotal);
        if (invoice.DiscountTotal != 0)
            Row("Discount", -invoice.DiscountTotal);
        foreach (var tax in invoice.Taxes.Where(tax => tax.Rate != 0))
            Row(string.Create(CultureInfo.InvariantCulture, $"Tax {tax.Rate:0.###}%"), tax.Tax);
        Row("Total", invoice.Total, "total");
        if (invoice.AmountPaid != 0)
            Row("Paid", -invoice.AmountPaid);
        if (invoice.AmountCredited != 0)
            Row("Credited", -invoice.AmountCredited);
        return rows.ToString();

        void Row(string name, decimal amount, string kind = "") =>
            rows.Append(CultureInfo.InvariantCulture, $"<tr class=\"{kind}\"><td>{name}</td><td class=\"money\">{Amounts.Of(amount)}</td></tr>");
    }

    private static string Extras(InvoiceItem item) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(item.Discount == 0 ? "" : $", less {item.Discount:0.###}%")}{(item.TaxRate == 0 ? "" : $", tax {item.TaxRate:0.###}%")}");

    private static string Words(string name, string? text) =>
        text is null ? "" : $"<h2>{name}</h2><p class=\"grey words\">{Text(text)}</p>";

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"<div class=\"grey\">{Text(line)}</div>"));

    private static string Word(string status) => char.ToUpperInvariant(status[0]) + status[1..];

    private static string Number(decimal number) => number.ToString("#,0.####", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
        <title>{Text(title)}</title><style>{InvoicePageStyle.Css}</style></head><body>{body}</body></html>
        """;
}

using System.Globalization;
using Crm.Shared.Invoicing;
using PdfSharp.Drawing;

namespace Crm.Functions.Invoices.Pdf;

/// <summary>An invoice on paper: A4, or Letter in North America.</summary>
internal sealed class InvoicePdf : IDisposable
{
    private const double Gap = 14;
    private const double TotalsWidth = 230;
    private const double LogoHeight = 48;

    private static readonly XFont Small = NotoSans.Of(8);
    private static readonly XFont Normal = NotoSans.Of(9);
    private static readonly XFont Bold = NotoSans.Of(9, isBold: true);
    private static readonly XFont Large = NotoSans.Of(11, isBold: true);
    private static readonly XFont Title = NotoSans.Of(20, isBold: true);
    private static readonly XBrush Ink = new XSolidBrush(XColor.FromArgb(30, 34, 42));
    private static readonly XBrush Grey = new XSolidBrush(XColor.FromArgb(107, 114, 128));
    private static readonly XColor Line = XColor.FromArgb(209, 213, 219);
    private static readonly XColor Shade = XColor.FromArgb(243, 244, 246);

    private readonly Sheet _sheet;
    private readonly InvoiceDetail _invoice;
    private readonly InvoicePaper _paper;
    private readonly XImage? _logo;

    private InvoicePdf(InvoiceDetail invoice, InvoicePaper paper, XImage? logo)
    {
        (_invoice, _paper, _logo) = (invoice, paper, logo);
        _sheet = new($"Invoice {invoice.Number}", paper.OrganizationName, isLetter: paper.Country is "US" or "CA" or "MX");
    }

    /// <param name="invoice">The invoice.</param>
    /// <param name="paper">Its parties.</param>
    /// <param name="logo">What stands above the sender; null: nothing.</param>
    public static byte[] Of(InvoiceDetail invoice, InvoicePaper paper, XImage? logo)
    {
        using var pdf = new InvoicePdf(invoice, paper, logo);
        pdf.Head();
        pdf.Items();
        pdf.Totals();
        pdf.Words();
        return pdf._sheet.Finish($"{paper.OrganizationName} · Invoice {invoice.Number}", Small, Grey);
    }

    public void Dispose() => _sheet.Dispose();

    private void Head()
    {
        var half = _sheet.Width / 2;
        _sheet.Put("Invoice", Title, Ink, half, Sheet.Margin - 6, half, Side.Right);
        _sheet.Put(_invoice.Number, Large, Grey, half, Sheet.Margin + 22, half, Side.Right);
        if (_logo is not null)
            _sheet.Show(_logo, half - Gap, LogoHeight);
        _sheet.Write(_paper.OrganizationName, Large, Ink, 0, half - Gap);
        foreach (var line in _paper.Sender)
            _sheet.Write(line, Normal, Grey, 0, half - Gap);

        var top = _sheet.Y = Math.Max(_sheet.Y, Sheet.Margin + 44) + 2 * Gap;
        _sheet.Write("Bill to", Small, Grey, 0, half - Gap);
        foreach (var (index, line) in _paper.Recipient.Index())
            _sheet.Write(line, index == 0 ? Bold : Normal, Ink, 0, half - Gap);
        var bottom = _sheet.Y;
        var y = top;
        foreach (var (name, value) in Facts())
        {
            _sheet.Put(name, Normal, Grey, half, y, half - 110);
            _sheet.Put(value, Normal, Ink, half, y, half, Side.Right);
            y += Sheet.HeightOf(Normal) + 2;
        }

        _sheet.Y = Math.Max(bottom, y) + 2 * Gap;
    }

    private IEnumerable<(string Name, string Value)> Facts() =>
    [
        ("Issued", Amounts.Day(_invoice.IssueDate)), ("Due", Amounts.Day(_invoice.DueDate)), ("Payment terms", Short(_invoice.PaymentTerms)),
        ("Status", Word(_invoice.Status)),
    ];

    // From the left: what, how many, at what price, less what, with what tax, and what it comes to.
    private (double X, double Width)[] Columns()
    {
        double[] widths = [56, 76, 52, 44, 84];
        var x = _sheet.Width - widths.Sum();
        return [(8, x - 8 - Gap), .. widths.Select(width => { var at = x; x += width; return (at, width - 8); })];
    }

    private void ItemsHead()
    {
        var height = Sheet.HeightOf(Small) + 10;
        _sheet.Fill(_sheet.Y, height, Shade);
        foreach (var (index, (x, width)) in Columns().Index())
            _sheet.Put(
                index switch { 0 => "Description", 1 => "Quantity", 2 => "Unit price", 3 => "Discount", 4 => "Tax", _ => "Amount" },
                Small, Grey, x, _sheet.Y + 5, width, index == 0 ? Side.Left : Side.Right);
        _sheet.Y += height + 5;
    }

    private void Items()
    {
        ItemsHead();
        var columns = Columns();
        foreach (var item in _invoice.Items)
        {
            var lines = _sheet.Lines(item.Description, Normal, columns[0].Width);
            string[] cells = [Number(item.Quantity), Amounts.Of(item.UnitPrice), Percent(item.Discount), Percent(item.TaxRate), Amounts.Of(item.Amount)];
            foreach (var (index, line) in lines.Index())
            {
                if (!_sheet.Fits(Sheet.HeightOf(Normal) + 5))
                {
                    _sheet.Break();
                    ItemsHead();
                }

                _sheet.Put(line, Normal, Ink, columns[0].X, _sheet.Y, columns[0].Width);
                foreach (var (column, cell) in index == 0 ? cells.Index() : [])
                    _sheet.Put(cell, Normal, Ink, columns[column + 1].X, _sheet.Y, columns[column + 1].Width, Side.Right);
                _sheet.Y += Sheet.HeightOf(Normal);
            }

            _sheet.Rule(_sheet.Y + 3, Line);
            _sheet.Y += 8;
        }
    }

    private void Totals()
    {
        (string Name, decimal Amount, bool IsStrong)[] rows = [.. Sums()];
        if (!_sheet.Fits(rows.Length * (Sheet.HeightOf(Normal) + 4) + Gap))
            _sheet.Break();
        _sheet.Y += Gap / 2;
        var left = _sheet.Width - TotalsWidth;
        foreach (var (name, amount, isStrong) in rows)
        {
            if (isStrong)
                _sheet.Rule(_sheet.Y, Line, left, TotalsWidth);
            _sheet.Put(name, isStrong ? Bold : Normal, isStrong ? Ink : Grey, left, _sheet.Y + 2, TotalsWidth);
            _sheet.Put(
                isStrong ? Amounts.Of(amount, _invoice.Currency) : Amounts.Of(amount), isStrong ? Bold : Normal, Ink,
                left, _sheet.Y + 2, TotalsWidth - 8, Side.Right);
            _sheet.Y += Sheet.HeightOf(Normal) + 4;
        }
    }

    private IEnumerable<(string Name, decimal Amount, bool IsStrong)> Sums()
    {
        yield return ("Subtotal", _invoice.Subtotal, false);
        if (_invoice.DiscountTotal != 0)
            yield return ("Discount", -_invoice.DiscountTotal, false);
        foreach (var tax in _invoice.Taxes.Where(tax => tax.Rate != 0))
            yield return ($"Tax {Percent(tax.Rate)} of {Amounts.Of(tax.Net)}", tax.Tax, false);
        yield return ("Total", _invoice.Total, true);
        if (_invoice.AmountPaid != 0)
            yield return ("Paid", -_invoice.AmountPaid, false);
        if (_invoice.AmountCredited != 0)
            yield return ("Credited", -_invoice.AmountCredited, false);
        if (_invoice.AmountPaid + _invoice.AmountCredited != 0 || _invoice.Status == InvoiceStates.Cancelled)
            yield return ("Still to be paid", _invoice.RemainingAmount, true);
    }

    private void Words()
    {
        foreach (var (name, text) in new[] { ("Notes", _invoice.Notes), ("Terms", _invoice.Terms), ("View online", _invoice.PublicUrl) })
        {
            if (text is null)
                continue;
            _sheet.Y += 2 * Gap;
            if (!_sheet.Fits(3 * Sheet.HeightOf(Normal)))
                _sheet.Break();
            _sheet.Write(name, Bold, Ink, 0, _sheet.Width);
            _sheet.Write(text, Normal, Grey, 0, _sheet.Width);
        }
    }

    private string Short(string text) => _sheet.Lines(text, Normal, _sheet.Width / 2 - 100)[0];

    private static string Word(string status) => char.ToUpperInvariant(status[0]) + status[1..];

    private static string Number(decimal number) => number.ToString("#,0.####", CultureInfo.InvariantCulture);

    private static string Percent(decimal rate) => rate == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{rate:0.###}%");
}

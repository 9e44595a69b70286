using System.Globalization;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace Crm.Functions.Invoices.Pdf;

/// <summary>Where text stands in its column.</summary>
internal enum Side
{
    Left,
    Right,
}

/// <summary>Pages that are written from top to bottom, in points; one that is full is followed by another.</summary>
internal sealed class Sheet : IDisposable
{
    public const double Margin = 50;
    private const double FooterHeight = 40;
    private const double LineHeight = 1.4;

    private readonly PdfDocument _document = new();
    private readonly bool _isLetter;
    private PdfPage _page;
    private XGraphics _graphics;

    public Sheet(string title, string author, bool isLetter)
    {
        _isLetter = isLetter;
        _document.Info.Title = title;
        _document.Info.Author = author;
        (_page, _graphics) = NewPage();
    }

    /// <summary>How far down the page is written.</summary>
    public double Y { get; set; } = Margin;

    public double Width => _page.Width.Point - 2 * Margin;

    /// <summary>Whether so much is left of the page.</summary>
    public bool Fits(double height) => Y + height <= _page.Height.Point - Margin - FooterHeight;

    public void Break()
    {
        _graphics.Dispose();
        (_page, _graphics) = NewPage();
        Y = Margin;
    }

    /// <summary>Writes one line at a height of its own.</summary>
    public void Put(string text, XFont font, XBrush brush, double x, double y, double width, Side side = Side.Left) =>
        _graphics.DrawString(
            Printable(text), font, brush, new XRect(Margin + x, y, width, font.Size * LineHeight),
            side == Side.Left ? XStringFormats.TopLeft : XStringFormats.TopRight);

    /// <summary>Writes a text in lines of a width, over pages where it is long.</summary>
    public void Write(string text, XFont font, XBrush brush, double x, double width)
    {
        foreach (var line in Lines(text, font, width))
        {
            if (!Fits(font.Size * LineHeight))
                Break();
            Put(line, font, brush, x, Y, width);
            Y += font.Size * LineHeight;
        }
    }

    public void Rule(double y, XColor color, double x = 0, double? width = null) =>
        _graphics.DrawLine(new XPen(color, 0.7), Margin + x, y, Margin + x + (width ?? Width), y);

    public void Fill(double y, double height, XColor color) => _graphics.DrawRectangle(new XSolidBrush(color), Margin, y, Width, height);

    /// <summary>Puts a picture at the left, as large as it fits.</summary>
    public void Show(XImage image, double width, double height)
    {
        var scale = Math.Min(width / image.PointWidth, height / image.PointHeight);
        _graphics.DrawImage(image, Margin, Y, image.PointWidth * scale, image.PointHeight * scale);
        Y += image.PointHeight * scale + LineHeight * 4;
    }

    public static double HeightOf(XFont font) => font.Size * LineHeight;

    /// <summary>The text in lines no wider than this; a word that is wider itself is cut.</summary>
    public List<string> Lines(string text, XFont font, double width)
    {
        var lines = new List<string>();
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = "";
            foreach (var word in Printable(paragraph).Split(' ').SelectMany(word => Cut(word, font, width)))
            {
                var longer = line.Length == 0 ? word : $"{line} {word}";
                if (line.Length > 0 && WidthOf(longer, font) > width)
                {
                    lines.Add(line);
                    longer = word;
                }

                line = longer;
            }

            lines.Add(line);
        }

        return lines;
    }

    /// <summary>The finished document, with a foot on every page.</summary>
    public byte[] Finish(string foot, XFont font, XBrush brush)
    {
        _graphics.Dispose();
        foreach (var (index, page) in _document.Pages.Cast<PdfPage>().Index())
        {
            using var graphics = XGraphics.FromPdfPage(page);
            var at = new XRect(Margin, page.Height.Point - Margin - HeightOf(font), page.Width.Point - 2 * Margin, HeightOf(font));
            graphics.DrawString(Printable(foot), font, brush, at, XStringFormats.TopLeft);
            graphics.DrawString(
                string.Create(CultureInfo.InvariantCulture, $"Page {index + 1} of {_document.PageCount}"), font, brush, at, XStringFormats.TopRight);
        }

        using var stream = new MemoryStream();
        _document.Save(stream, closeStream: false);
        return stream.ToArray();
    }

    public void Dispose()
    {
        _graphics.Dispose();
        _document.Dispose();
    }

    private (PdfPage Page, XGraphics Graphics) NewPage()
    {
        var page = _document.AddPage();
        page.Size = _isLetter ? PdfSharp.PageSize.Letter : PdfSharp.PageSize.A4;
        return (page, XGraphics.FromPdfPage(page));
    }

    private double WidthOf(string text, XFont font) => _graphics.MeasureString(text, font).Width;

    private IEnumerable<string> Cut(string word, XFont font, double width)
    {
        while (word.Length > 1 && WidthOf(word, font) > width)
        {
            var (fits, fails) = (1, word.Length);
            while (fails - fits > 1)
            {
                var middle = (fits + fails) / 2;
                (fits, fails) = WidthOf(word[..middle], font) <= width ? (middle, fails) : (fits, middle);
            }

            // Not between the two halves of one letter.
            var end = char.IsHighSurrogate(word[fits - 1]) && fits > 1 ? fits - 1 : fits;
            yield return word[..end];
            word = word[end..];
        }

        yield return word;
    }

    // Half letters and control characters are none that could be drawn.
    private static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') && !text.Any(char.IsControl))
            return text;
        var runes = text.EnumerateRunes().Where(rune => System.Text.Rune.GetUnicodeCategory(rune) != UnicodeCategory.Control);
        return string.Concat(runes.Select(rune => rune.ToString()));
    }
}

using PdfSharp.Drawing;
using PdfSharp.Fonts;

namespace Crm.Functions.Invoices.Pdf;

/// <summary>
/// The one font of our papers, in the app itself: an instance has none. Noto Sans (OFL 1.1, Fonts/OFL.txt) knows Latin, Greek, Cyrillic and Devanagari; letters
/// of other scripts become boxes. 1.2 MB in the app, of which a paper carries the letters it uses.
/// </summary>
internal sealed class NotoSans : IFontResolver
{
    private const string Family = "Noto Sans";
    private const string Regular = "NotoSans-Regular";
    private const string Heavy = "NotoSans-Bold";

    static NotoSans() => GlobalFontSettings.FontResolver = new NotoSans();

    public static XFont Of(double size, bool isBold = false) => new(Family, size, isBold ? XFontStyleEx.Bold : XFontStyleEx.Regular);

    public FontResolverInfo ResolveTypeface(string familyName, bool bold, bool italic) => new(bold ? Heavy : Regular);

    public byte[] GetFont(string faceName)
    {
        using var stream = typeof(NotoSans).Assembly.GetManifestResourceStream($"Crm.Functions.Invoices.Pdf.Fonts.{faceName}.ttf")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

using System.Net;
using System.Text;
using AngleSharp.Html.Parser;

namespace Crm.Shared.Liquid;

/// <summary>The links of a mail's cleaned html.</summary>
public static class MailLinks
{
    private const string Attribute = " href=\"";

    /// <summary>
    /// The html with other addresses in its links to the web; all else of it stays letter for letter. An address with Liquid in it stays too: what it is,
    /// only its recipient knows.
    /// </summary>
    public static string Replace(string html, Func<string, string> address) => DeepStack.Run(() =>
    {
        var marked = new MarkedHtml(html);
        var text = marked.Html;
        using var document = new HtmlParser(new() { IsKeepingSourceReferences = true }).ParseDocument(text);
        var places = document.QuerySelectorAll("a[href], area[href]")
            .Select(link => (Start: link.SourceReference?.Position.Index ?? -1, Url: link.GetAttribute("href")!))
            .Where(link => link.Start >= 0 && IsOfWeb(link.Url) && !marked.FirstIn(link.Url).Success)
            // One that the parser repeated stands in one place.
            .DistinctBy(link => link.Start)
            .OrderBy(link => link.Start)
            .ToList();
        var made = new StringBuilder();
        var at = 0;
        foreach (var (start, url) in places)
        {
            // The sanitizer writes attributes in double quotes, which do not stand within them.
            var from = text.IndexOf(Attribute, start, StringComparison.Ordinal);
            if (from < 0)
                continue;
            from += Attribute.Length;
            var to = text.IndexOf('"', from);
            if (to < 0 || WebUtility.HtmlDecode(text[from..to]) != url)
                continue;
            made.Append(text, at, from - at).Append(address(url));
            at = to;
        }

        return marked.Show(made.Append(text, at, text.Length - at).ToString(), mark => marked.Text(marked.TokenOf(mark)));
    });

    private static bool IsOfWeb(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
}

using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Crm.Shared.Liquid;

/// <summary>The text part of a mail, made from its html: for readers that show no html, and for filters that ask for one.</summary>
public static partial class MailText
{
    /// <summary>Stands for a brace that begins no Liquid: no text has it, being for private use.</summary>
    private const char NoBrace = '\uf57b';

    /// <summary>The words of cleaned html with its Liquid, as a template of plain text.</summary>
    public static string Of(string html) => DeepStack.Run(() =>
    {
        var marked = new MarkedHtml(html);
        var text = new StringBuilder();
        using var document = new HtmlParser().ParseDocument(marked.Html);
        // Not its body alone: a mark before the first tag stands outside of it.
        foreach (var node in document.ChildNodes)
            Append(node, text, marked);
        var lines = BlankLines().Replace(Blanks().Replace(text.ToString(), " "), "\n\n").Trim();
        return marked.Show(marked.WithoutNewLiquid(lines, "{ "), mark => marked.Text(marked.TokenOf(mark)));
    });

    /// <summary>The words of html that strangers wrote, in which braces mean nothing.</summary>
    public static string OfForeign(string html) => Of(html.Replace('{', NoBrace)).Replace(NoBrace, '{');

    private static void Append(INode node, StringBuilder text, MarkedHtml marked)
    {
        if (node is IText words)
            text.Append(Whitespace().Replace(words.Data, " "));
        else if (node is IComment comment && marked.IsMark(comment.Data))
            text.Append(comment.Data);
        if (node is not IElement element || element.LocalName is "style" or "script" or "title")
            return;

        var around = Around(element.LocalName);
        text.Append(around).Append(Before(element));
        var start = text.Length;
        foreach (var child in element.ChildNodes)
            Append(child, text, marked);
        if (element.LocalName == "a" && element.GetAttribute("href") is { Length: > 0 } address && address[0] != '#'
            && text.ToString(start, text.Length - start).Trim() != address)
            text.Append($" ({address})");
        text.Append(element.LocalName is "td" or "th" ? " " : around.Length == 2 ? around : "");
    }

    private static string? Before(IElement element) => element.LocalName switch
    {
        "li" => "- ",
        "hr" => "---\n",
        "img" => element.GetAttribute("alt"),
        _ => null,
    };

    private static string Around(string element) => element switch
    {
        "p" or "div" or "table" or "ul" or "ol" or "blockquote" or "section" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" => "\n\n",
        "tr" or "li" or "br" or "hr" => "\n",
        _ => "",
    };

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whitespace();

    [GeneratedRegex("[ \t]{2,}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[ \t]*\n[ \t]*(\n[ \t]*)+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BlankLines();
}

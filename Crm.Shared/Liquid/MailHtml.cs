using System.Text.RegularExpressions;
using Ganss.Xss;

namespace Crm.Shared.Liquid;

/// <summary>Cleans the html that users write for their mails, once, when it is saved; values that are merged into it later are escaped.</summary>
public static partial class MailHtml
{
    /// <summary>The html without what could run, its Liquid untouched; or what of the Liquid cannot stay where it is.</summary>
    public static (string? Html, LiquidFault? Fault) Clean(string source)
    {
        try
        {
            return (DeepStack.Run(() => Cleaned(source)), null);
        }
        catch (LiquidException exception)
        {
            return (null, exception.Fault);
        }
    }

    /// <summary>The html that strangers wrote, without what could run; null when it is too wild to be cleaned. What looks like Liquid is text.</summary>
    public static string? CleanForeign(string html)
    {
        try
        {
            HtmlLimits.Check(html);
            return DeepStack.Run(() => MailSanitizer.New().Sanitize(html));
        }
        catch (LiquidException)
        {
            return null;
        }
    }

    private static string Cleaned(string source)
    {
        HtmlLimits.Check(source);
        var decoded = MarkedHtml.Decode(source);
        var marked = new MarkedHtml(decoded);
        if (marked.Tokens.Where(token => Markup().IsMatch(marked.Text(token))).Select(token => (LiquidToken?)token).FirstOrDefault() is { } markup)
            throw LiquidException.At(decoded, markup.Start, "No markup may stand inside {{ }} or {% %}");

        var safe = MailSanitizer.New();
        safe.RemovingComment += (_, removing) => removing.Cancel = marked.IsMark(removing.Comment.Data);
        safe.FilterUrl += (_, filtering) => CheckUrl(filtering, marked);
        var clean = Document().IsMatch(decoded) ? safe.SanitizeDocument(marked.Html) : safe.Sanitize(marked.Html);
        return Restored(decoded, marked, marked.WithoutNewLiquid(clean, "&#123;"));
    }

    // A url with Liquid in it is relative to the sanitizer, whatever the Liquid makes of it: it needs a beginning that says what it is, or is one field that
    // holds a whole address.
    private static void CheckUrl(FilterUrlEventArgs filtering, MarkedHtml marked)
    {
        if (marked.FirstIn(filtering.OriginalUrl) is not { Success: true } mark)
            return;
        var field = mark.Index == 0 ? OneField().Match(marked.Text(marked.TokenOf(mark))).Groups["name"].Value : "";
        var isSafe = SafeBeginning().IsMatch(filtering.OriginalUrl[..mark.Index]) || MergeFields.IsUrl(field) && mark.Length == filtering.OriginalUrl.Length;
        filtering.SanitizedUrl = isSafe ? filtering.OriginalUrl : null;
    }

    private static string Restored(string decoded, MarkedHtml marked, string clean)
    {
        var kept = new List<(LiquidToken Token, string Text)>();
        var html = marked.Show(clean, mark =>
        {
            var token = marked.TokenOf(mark);
            var text = marked.Text(token);
            if (!mark.Value.Contains("--", StringComparison.Ordinal))
            {
                // Attributes come out in double quotes.
                if (text.Contains('\'', StringComparison.Ordinal) && text.Contains('"', StringComparison.Ordinal))
                    throw LiquidException.At(decoded, token.Start, "Inside an attribute use one kind of quotes");
                text = text.Replace('"', '\'');
            }

            kept.Add((token, text));
            return text;
        });
        if (marked.Tokens.Except(kept.Select(one => one.Token)).Select(token => (LiquidToken?)token).FirstOrDefault() is { } lost)
            throw LiquidException.At(
                decoded, lost.Start, $"{marked.Text(lost)} cannot stand here: put it into the text, or into an href or src that begins with https://");
        if (!LiquidScan.Of(html).Select(token => html[token.Start..token.End]).SequenceEqual(kept.Select(one => one.Text), StringComparer.Ordinal))
            throw LiquidException.At(decoded, 0, "This html cannot be cleaned");
        return html;
    }

    [GeneratedRegex("<[a-zA-Z/!]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Markup();

    [GeneratedRegex(@"^\s*<(!doctype|html)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Document();

    [GeneratedRegex(@"^\{\{-?\s*(?<name>[\w.]+)\s*-?\}\}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OneField();

    [GeneratedRegex("^(https?://|mailto:|tel:|sms:|/(?!/)|#)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SafeBeginning();
}

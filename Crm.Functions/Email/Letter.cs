using System.Net;
using Crm.Functions.Tokens;

namespace Crm.Functions.Email;

/// <summary>
/// A transactional mail as it waits in the database: names and ids. Its text, and any link in it, is made when it is sent.
/// </summary>
public abstract record Letter
{
    public abstract LetterText Compose(Links links, LinkTokens tokens);
}

/// <summary>What a letter says: paragraphs, and perhaps one thing to click.</summary>
public record LetterText(string Subject, string[] Paragraphs, string? ButtonLabel = null, string? ButtonLink = null)
{
    private const string ButtonStyle =
        "display:inline-block;padding:12px 20px;background:#2456e6;color:#fff;text-decoration:none;border-radius:8px";

    public virtual string Text => string.Join("\n\n", [.. Paragraphs, .. ButtonLink is null ? Array.Empty<string>() : [$"{ButtonLabel}: {ButtonLink}"]]) + "\n";

    public virtual string Html => $"""
        <!doctype html>
        <html lang="en"><body style="margin:0;padding:32px 16px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2430">
        <div style="max-width:520px;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
        {string.Concat(Paragraphs.Select(paragraph => $"<p style=\"margin:0 0 16px\">{WebUtility.HtmlEncode(paragraph)}</p>\n"))}{Button}</div></body></html>
        """;

    private string Button => ButtonLink is null ? "" : $"""
        <p style="margin:24px 0"><a href="{WebUtility.HtmlEncode(ButtonLink)}" style="{ButtonStyle}">{WebUtility.HtmlEncode(ButtonLabel)}</a></p>
        <p style="margin:0;font-size:13px;color:#667">Or copy this address: {WebUtility.HtmlEncode(ButtonLink)}</p>

        """;
}

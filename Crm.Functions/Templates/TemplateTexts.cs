using System.Globalization;
using Crm.Shared.Liquid;

namespace Crm.Functions.Templates;

/// <summary>A template's texts, read and found fit to be sent.</summary>
/// <param name="Subject">A line.</param>
/// <param name="Content">Plain text.</param>
/// <param name="Html">Clean html.</param>
/// <param name="ContentIsMade">Whether the content was made from the html.</param>
internal sealed record TemplateTexts(LiquidText? Subject, LiquidText Content, LiquidText? Html, string ContentSource, bool ContentIsMade)
{
    /// <summary>The names that the texts use, each once.</summary>
    public IEnumerable<string> Variables =>
        new[] { Subject, Content, Html }.OfType<LiquidText>().SelectMany(text => text.Variables).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>The html of a mail without what could run, or why its Liquid cannot stay; null when nothing is left.</summary>
    public static (string? Html, Error? Fault) Clean(string? html)
    {
        if (Fields.Text(html) is not { } given)
            return (null, null);
        var (clean, fault) = MailHtml.Clean(given);
        return fault is null ? (Fields.Text(clean), null) : (null, Syntax("htmlContent", fault));
    }

    /// <summary>Reads the texts, and renders each once with examples: what cannot be sent is not saved. The html is clean already.</summary>
    public static (TemplateTexts? Texts, Error? Fault) Read(string? subject, string? content, string? html)
    {
        var isMade = string.IsNullOrWhiteSpace(content) && html is not null;
        if (isMade)
            content = MailText.Of(html!);
        if (string.IsNullOrWhiteSpace(content))
            return (null, Error.Invalid("content", "content is required, unless htmlContent has words to make it from."));
        if (content.Length > Longest.Content)
            return (null, Error.Invalid("content", "The text made from htmlContent is too long: give a content of its own."));

        var (line, lineFault) = Read("subject", subject, TextKind.Line);
        var (plain, plainFault) = Read(isMade ? "htmlContent" : "content", content, TextKind.Plain);
        var (rich, richFault) = Read("htmlContent", html, TextKind.Html);
        return (lineFault ?? richFault ?? plainFault) is { } fault ? (null, fault) : (new(line, plain!, rich, content, isMade), null);
    }

    /// <summary>Reads one text, and renders it with examples; null stays null.</summary>
    public static (LiquidText? Text, Error? Fault) Read(string field, string? source, TextKind kind)
    {
        if (source is null)
            return (null, null);
        var (text, fault) = LiquidText.Read(source, kind);
        fault ??= text!.Render(MergeValues.Examples(DateTimeOffset.UnixEpoch)).Fault;
        return fault is null ? (text, null) : (null, Syntax(field, fault));
    }

    /// <summary>The refusal of a text, with the place of its fault.</summary>
    public static Error Syntax(string field, LiquidFault fault) => Errors.InvalidTemplateSyntax with
    {
        Message = string.Create(CultureInfo.InvariantCulture, $"{field}: {fault.Problem} (line {fault.Line}, column {fault.Column})."),
        Details = [new(field, $"{fault.Problem}.")],
        Facts = new(StringComparer.Ordinal) { ["line"] = fault.Line, ["column"] = fault.Column },
    };
}

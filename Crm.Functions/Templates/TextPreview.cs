using Crm.Shared.Liquid;

namespace Crm.Functions.Templates;

/// <summary>Texts as they would be sent, and what is to be said of them.</summary>
public sealed class TextPreview
{
    /// <param name="Field">subject, content or htmlContent.</param>
    /// <param name="Variable">The name as it is written.</param>
    /// <param name="Line">Where it first stands.</param>
    /// <param name="Column">Where in the line.</param>
    /// <param name="Message">The same in words.</param>
    public sealed record Warning(string Field, string Variable, int Line, int Column, string Message);

    private readonly List<Warning> _warnings = [];

    /// <summary>Names that are in no catalogue.</summary>
    public IReadOnlyList<Warning> Warnings => _warnings;

    /// <summary>
    /// Why the first of the texts that cannot be rendered cannot. What was saved can be read; with the values of a contact it may still grow too long.
    /// </summary>
    public Error? Fault { get; private set; }

    /// <summary>The text with these values in it.</summary>
    public string? Render(string field, string? source, TextKind kind, MergeValues values)
    {
        if (source is null)
            return null;
        var (text, fault) = LiquidText.Read(source, kind);
        if (text is not null)
        {
            _warnings.AddRange(text.Unknown.Select(
                unknown => new Warning(field, unknown.Name, unknown.Line, unknown.Column, $"{field}: there is no variable '{unknown.Name}', so it is blank.")));
            (var rendered, fault) = text.Render(values);
            if (fault is null)
                return rendered;
        }

        Fault ??= TemplateTexts.Syntax(field, fault!);
        return null;
    }
}

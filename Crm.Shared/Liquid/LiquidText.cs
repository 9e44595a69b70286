using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Fluid;
using Fluid.Ast;
using Fluid.Parser;

namespace Crm.Shared.Liquid;

/// <summary>What a template makes: values are escaped in html, and a line has no line breaks.</summary>
public enum TextKind
{
    Html,
    Plain,
    Line,
}

/// <summary>A name that is not in the catalogue, where it first stands: blank when rendered.</summary>
public sealed record UnknownName(string Name, int Line, int Column);

/// <summary>A text with Liquid in it, read and found harmless. It is shared by all who render it.</summary>
public sealed partial class LiquidText
{
    /// <summary>In characters, each of which may cost thirty bytes. When as many were read, it begins anew.</summary>
    private const int MostRemembered = 2_000_000;

    // Each is looked for from the text's beginning.
    private const int MostUnknown = 100;

    private static readonly ConcurrentDictionary<(TextKind Kind, string Source), LiquidText> Remembered = new();
    private static int RememberedLength;

    private readonly TextKind _kind;
    private readonly FluidTemplate _template;

    private LiquidText(string source, TextKind kind)
    {
        var tokens = LiquidScan.Of(source);
        var seen = new LiquidInspector();
        var parsed = Parse(source);
        seen.VisitTemplate(parsed);
        Refuse(source, tokens, seen);
        _kind = kind;
        _template = (FluidTemplate)new CanonicalNames(seen).VisitTemplate(parsed);
        Variables = [.. seen.Foreign];
        Unknown = [.. seen.Foreign.Where(name => MergeFields.Find(name) is null).Take(MostUnknown).Select(name => Locate(source, tokens, name))];
    }

    /// <summary>The names it uses, as they are written, each once.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>Those of them that are not in the catalogue, the first hundred.</summary>
    public IReadOnlyList<UnknownName> Unknown { get; }

    /// <summary>The template, read once and remembered; or why it is none.</summary>
    public static (LiquidText? Text, LiquidFault? Fault) Read(string source, TextKind kind)
    {
        if (Remembered.TryGetValue((kind, source), out var known))
            return (known, null);
        try
        {
            var text = new LiquidText(source, kind);
            if (Interlocked.Add(ref RememberedLength, source.Length) > MostRemembered)
            {
                Remembered.Clear();
                Interlocked.Exchange(ref RememberedLength, source.Length);
            }

            Remembered[(kind, source)] = text;
            return (text, null);
        }
        catch (LiquidException exception)
        {
            return (null, exception.Fault);
        }
    }

    /// <summary>The template with these values in it; or why that cannot be done: it takes too many steps, or grows too long.</summary>
    public (string? Text, LiquidFault? Fault) Render(MergeValues values)
    {
        using var writer = new LimitedWriter();
        var context = LiquidEngine.NewContext(values);
        try
        {
            foreach (var statement in _template.Statements)
                Write(statement, writer, context);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever the renderer stumbles over (a division by zero, a number too large) its author wrote.
            return (null, new(Words(exception), 1, 1));
        }

        return (_kind == TextKind.Line ? OneLine(writer.ToString()) : writer.ToString(), null);
    }

    internal IReadOnlyList<Statement> Statements => _template.Statements;

    /// <summary>Renders one statement of it.</summary>
    // Nothing in it waits.
    internal void Write(Statement statement, TextWriter writer, TemplateContext context) =>
        statement.WriteToAsync(writer, LiquidEngine.Encoder(_kind), context).AsTask().GetAwaiter().GetResult();

    private static FluidTemplate Parse(string source)
    {
        try
        {
            return (FluidTemplate)LiquidEngine.Parser.Parse(source);
        }
        catch (ParseException exception)
        {
            var place = Place().Match(exception.Message);
            throw new LiquidException(place.Success
                ? new(place.Groups["problem"].Value, Number(place.Groups["line"]), Number(place.Groups["column"]))
                : new("This cannot be read as a template", 1, 1));
        }

        static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static void Refuse(string source, List<LiquidToken> tokens, LiquidInspector seen)
    {
        if (seen.TextLength != TextLength(source, tokens))
            throw LiquidException.At(source, 0, "This cannot be read as a template");
        if (seen.Filters.FirstOrDefault(filter => !LiquidEngine.Knows(filter)) is { } unknown)
            throw At(unknown, $"Unknown filter '{unknown}'. For a text where the value is empty write | default: \"{unknown}\"");
        if (seen.Problem is { } problem)
            throw At(problem.Near, problem.Text);
        if (seen.Locals.FirstOrDefault(local => MergeFields.Find(local) is not null || MergeFields.Find($"{local}.x") is not null) is { } taken)
            throw At(taken, $"'{taken}' is a merge field: choose another name");

        LiquidException At(string name, string text) => LiquidException.At(source, LiquidScan.Find(source, tokens, name), text);
    }

    // The sanitizer trusts the scan, so both readings must agree on what is text. The parser drops what stands between case and its first when.
    private static int TextLength(string source, List<LiquidToken> tokens)
    {
        var text = source.Length - tokens.Sum(token => token.End - token.Start);
        for (var index = 0; index + 1 < tokens.Count; index++)
        {
            if (tokens[index].Tag == "case")
                text -= tokens[index + 1].Start - tokens[index].End;
        }

        return text;
    }

    private static UnknownName Locate(string source, List<LiquidToken> tokens, string name)
    {
        var place = LiquidFault.At(source, LiquidScan.Find(source, tokens, name), "");
        return new(name, place.Line, place.Column);
    }

    private static string Words(Exception exception) => exception switch
    {
        FluidException => exception.Message,
        // MaxSteps says that there may be a cyclic include.
        InvalidOperationException => "It takes too many steps",
        DivideByZeroException => "It divides by zero",
        _ => "It cannot be rendered",
    };

    private static string OneLine(string text) =>
        string.Concat(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(c => !char.IsControl(c)));

    [GeneratedRegex(@"^(?<problem>.*) at \((?<line>\d+):(?<column>\d+)\)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();
}

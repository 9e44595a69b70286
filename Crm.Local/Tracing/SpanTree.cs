using System.Globalization;
using System.Text.RegularExpressions;

namespace Crm.Local.Tracing;

/// <summary>Spans as a person reads them: a line each, indented under what they are a part of, in the order in which they began.</summary>
internal static partial class SpanTree
{
    private const string Indent = "  ";
    private const int LongestStatement = 70;

    public static IEnumerable<string> Lines(IReadOnlyCollection<FinishedSpan> spans)
    {
        var parts = spans.ToLookup(span => span.ParentId, StringComparer.Ordinal);
        var known = spans.Select(span => span.Id).ToHashSet(StringComparer.Ordinal);
        return spans.Where(span => !known.Contains(span.ParentId)).OrderBy(span => span.Begun).SelectMany(root => Lines(root, parts, ""));
    }

    private static IEnumerable<string> Lines(FinishedSpan span, ILookup<string, FinishedSpan> parts, string indent) =>
        parts[span.Id].OrderBy(part => part.Begun).SelectMany(part => Lines(part, parts, indent + Indent)).Prepend($"{indent}{Line(span)}");

    private static string Line(FinishedSpan span) => string.Create(
        CultureInfo.InvariantCulture, $"{Words(span)}  {span.Time.TotalMilliseconds:0.0} ms{(span.IsError ? "  FAILED" : "")}");

    private static string Words(FinishedSpan span) =>
        span.Attributes.TryGetValue("db.query.text", out var sql) ? $"sql {span.Name} {Beginning(sql)}"
        : span.Attributes.TryGetValue("crm.outcome", out var outcome) ? $"{span.Name} {outcome}"
        : span.Name;

    // Of the statement itself: where it stands and whose rows it may see is said by others.
    private static string Beginning(string sql)
    {
        var text = Space().Replace(Preamble().Replace(sql, ""), " ").Trim();
        return text.Length <= LongestStatement ? text : text[..LongestStatement] + "…";
    }

    [GeneratedRegex(@"^(call enter\(@\w+\); )?(/\* [^*]* \*/ )?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Preamble();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}

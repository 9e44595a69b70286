using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Crm.Local.Providers;

/// <summary>The texts of a call with their tags. Each is cut at the tags once for all recipients that have the same ones.</summary>
internal sealed class MailContent(string text, string html)
{
    private readonly ConcurrentDictionary<string, Cut> _texts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Cut> _htmls = new(StringComparer.Ordinal);

    public string RawText => text;

    public string RawHtml => html;

    public string Text(IReadOnlyDictionary<string, string> values) => Merge(_texts, text, values);

    public string Html(IReadOnlyDictionary<string, string> values) => Merge(_htmls, html, values);

    /// <summary>Replaces every tag in one pass, the longest first: what a value brings in stays as it is, though it looks like a tag.</summary>
    public static string Replace(string text, IReadOnlyDictionary<string, string> values) =>
        values.Keys.Any(tag => text.Contains(tag, StringComparison.Ordinal)) ? new Cut(text, values.Keys).Fill(values) : text;

    private static string Merge(ConcurrentDictionary<string, Cut> cuts, string text, IReadOnlyDictionary<string, string> values) =>
        values.Count == 0
            ? text
            : cuts.GetOrAdd(string.Join('\n', values.Keys), static (_, of) => new Cut(of.text, of.values.Keys), (text, values)).Fill(values);

    private sealed class Cut
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

        /// <summary>By turns a literal and a tag.</summary>
        private readonly string[] _parts;

        public Cut(string text, IEnumerable<string> tags)
        {
            var pattern = string.Join('|', tags.Where(tag => tag.Length > 0).OrderByDescending(tag => tag.Length).Select(Regex.Escape));
            _parts = pattern.Length == 0 ? [text] : Regex.Split(text, $"({pattern})", RegexOptions.CultureInvariant, Limit);
        }

        public string Fill(IReadOnlyDictionary<string, string> values)
        {
            var filled = (string[])_parts.Clone();
            for (var tag = 1; tag < filled.Length; tag += 2)
                filled[tag] = values[filled[tag]];
            return string.Concat(filled);
        }
    }
}

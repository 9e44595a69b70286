using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Crm.Shared.Liquid;

/// <summary>
/// Html whose Liquid is hidden from parsers of html behind marks: they would move <c>{% for %}</c> out of a table, and write <c>&gt;</c> in it as an
/// entity. A mark is a comment between tags, which may stand even between table rows, and a word inside of one.
/// </summary>
internal sealed class MarkedHtml
{
    private readonly string _mark = $"lq{Guid.NewGuid().ToString("N")[..10]}n";
    private readonly string _source;
    private readonly Regex _marks;

    /// <param name="source">Html, with entities in Liquid already decoded.</param>
    public MarkedHtml(string source)
    {
        _source = source;
        Tokens = LiquidScan.Of(source);
        // Escaped inside of a title.
        _marks = new(
            $"(?:<!--|&lt;!--)?{_mark}(?<number>[0-9]+)q(?:-->|--&gt;)?",
            RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Html = Hide();
    }

    public IReadOnlyList<LiquidToken> Tokens { get; }

    /// <summary>The html with marks.</summary>
    public string Html { get; }

    /// <summary>The Liquid of a token.</summary>
    public string Text(LiquidToken token) => _source[token.Start..token.End];

    public LiquidToken TokenOf(Match mark) => Tokens[int.Parse(mark.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)];

    public Match FirstIn(string text) => _marks.Match(text);

    public bool IsMark(string comment) => comment.StartsWith(_mark, StringComparison.Ordinal);

    /// <summary>Puts something in the place of each mark.</summary>
    public string Show(string html, Func<Match, string> liquid) => _marks.Replace(html, match => liquid(match));

    /// <summary>Writes otherwise what would become Liquid, by itself or beside a mark: such braces were entities before.</summary>
    public string WithoutNewLiquid(string text, string brace) => Regex.Replace(
        text, $"\\{{(?=[{{%]|(<!--|&lt;!--)?{_mark})", brace, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>Editors write entities into Liquid; comments in it are not kept.</summary>
    public static string Decode(string source)
    {
        var text = new StringBuilder();
        var at = 0;
        foreach (var token in LiquidScan.Of(source))
        {
            text.Append(source, at, token.Start - at);
            if (token.Tag is not ("comment" or "#"))
                text.Append(WebUtility.HtmlDecode(source[token.Start..token.End]).Replace('\u00a0', ' '));
            at = token.End;
        }

        return text.Append(source, at, source.Length - at).ToString();
    }

    private string Hide()
    {
        var text = new StringBuilder();
        var place = new HtmlPlace();
        var at = 0;
        for (var number = 0; number < Tokens.Count; number++)
        {
            for (; at < Tokens[number].Start; at++)
            {
                place.Read(_source, at);
                text.Append(_source[at]);
            }

            var word = string.Create(CultureInfo.InvariantCulture, $"{_mark}{number}q");
            text.Append(place.IsInTag ? word : $"<!--{word}-->");
            at = Tokens[number].End;
        }

        return text.Append(_source, at, _source.Length - at).ToString();
    }

    /// <summary>Whether what comes next stands inside of a tag.</summary>
    private struct HtmlPlace
    {
        private char _quote;

        public bool IsInTag { get; private set; }

        public void Read(string html, int at)
        {
            var sign = html[at];
            if (!IsInTag)
                IsInTag = sign == '<' && at + 1 < html.Length && (char.IsLetter(html[at + 1]) || html[at + 1] is '/' or '!');
            else if (_quote != '\0')
                _quote = sign == _quote ? '\0' : _quote;
            else if (sign is '"' or '\'')
                _quote = sign;
            else
                IsInTag = sign != '>';
        }
    }
}

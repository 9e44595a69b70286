namespace Crm.Shared.Liquid;

/// <summary>A <c>{{ … }}</c> or <c>{% … %}</c> in a text; a comment block is one token.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where the text after it begins.</param>
/// <param name="Tag">Its tag's name; empty for an output.</param>
internal readonly record struct LiquidToken(int Start, int End, string Tag);

/// <summary>
/// Stands in front of the parser, which calls itself for everything that nests: 12 kB of <c>{% if %}</c> overflow its stack, and that ends the process.
/// One pass over the text, at a cost that grows with its length alone.
/// </summary>
internal static class LiquidScan
{
    private const int LongestToken = 2_000;
    private const int MostTokens = 2_000;
    private const int DeepestBlock = 20;
    private const int DeepestBracket = 5;

    /// <summary>The tags there are. All others of the parser's are taken out of it: they include, capture without bounds, or switch escaping off.</summary>
    public static readonly string[] Tags =
    [
        "if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor", "break", "continue", "assign", "comment", "#",
    ];

    /// <summary>All tokens in their order.</summary>
    /// <exception cref="LiquidException">One is not closed, unknown, too long, or they nest too deep.</exception>
    public static List<LiquidToken> Of(string text)
    {
        var tokens = new List<LiquidToken>();
        var blocks = 0;
        for (var at = text.IndexOf('{', StringComparison.Ordinal); at >= 0 && at + 1 < text.Length; at = at < text.Length ? text.IndexOf('{', at) : -1)
        {
            if (text[at + 1] is not ('{' or '%'))
            {
                at++;
                continue;
            }

            var tag = text[at + 1] == '%' ? Name(text, at + 2) : "";
            if (text[at + 1] == '%' && !Tags.Contains(tag, StringComparer.Ordinal))
                throw LiquidException.At(text, at, $"Unknown tag '{Shortened(tag)}'");
            var end = tag == "comment" ? EndOfComment(text, at) : EndOfToken(text, at, isFree: tag == "#");
            tokens.Add(new(at, end, tag));
            if (tokens.Count > MostTokens)
                throw LiquidException.At(text, at, $"There are more than {MostTokens} outputs and tags");
            blocks += tag is "if" or "unless" or "case" or "for" ? 1 : tag.StartsWith("end", StringComparison.Ordinal) ? -1 : 0;
            if (blocks > DeepestBlock)
                throw LiquidException.At(text, at, $"Blocks nest deeper than {DeepestBlock}");
            at = end;
        }

        return tokens;
    }

    /// <summary>Where a name first stands whole in a token; 0 when nowhere. (The parsed tree knows no places.)</summary>
    public static int Find(string text, IEnumerable<LiquidToken> tokens, string name)
    {
        foreach (var token in tokens.Where(token => token.Tag != "comment"))
        {
            for (var at = token.Start; (at = text.IndexOf(name, at, token.End - at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
            {
                if (!IsPartOfName(text[at - 1]) && !IsPartOfName(text[at + name.Length]))
                    return at;
            }
        }

        return 0;

        static bool IsPartOfName(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '\'' or '"';
    }

    private static int EndOfToken(string text, int start, bool isFree)
    {
        var close = text[start + 1] == '{' ? '}' : '%';
        var depth = 0;
        for (var at = start + 2; at + 1 < text.Length && at - start < LongestToken; at++)
        {
            var sign = text[at];
            if (sign == close && text[at + 1] == '}')
                return at + 2;
            if (isFree)
                continue;
            if (sign is '"' or '\'')
                at = EndOfQuote(text, at, start);
            else if (sign == '\\' || sign is '(' or '[' && ++depth > DeepestBracket)
                throw LiquidException.At(text, at, $"'{sign}' may not stand here");
            else if (sign is ')' or ']')
                depth--;
            else if (sign == '{' && text[at + 1] is '{' or '%')
                break;
        }

        throw LiquidException.At(text, start, $"'{text.Substring(start, 2)}' is not closed with '{close}}}' within {LongestToken} characters");
    }

    // The parser reads a backslash as an escape: without one, both see the same end.
    private static int EndOfQuote(string text, int at, int start)
    {
        var end = text.IndexOf(text[at], at + 1);
        return end >= 0 && end - start <= LongestToken && !text.AsSpan(at, end - at).Contains('\\')
            ? end
            : throw LiquidException.At(text, at, "This quote is not closed, or holds a backslash");
    }

    private static int EndOfComment(string text, int start)
    {
        for (var at = start + 2; (at = text.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            if (Name(text, at + 2) == "endcomment" && text.IndexOf("%}", at, StringComparison.Ordinal) is >= 0 and var end)
                return end + 2;
        }

        throw LiquidException.At(text, start, "{% endcomment %} is missing");
    }

    private static string Name(string text, int at)
    {
        while (at < text.Length && (text[at] == '-' || char.IsWhiteSpace(text[at])))
            at++;
        var start = at;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_'))
            at++;
        return start < text.Length && text[start] == '#' ? "#" : text[start..at];
    }

    private static string Shortened(string name) => name.Length > 40 ? name[..40] + "…" : name;
}

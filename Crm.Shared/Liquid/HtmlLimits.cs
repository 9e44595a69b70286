namespace Crm.Shared.Liquid;

/// <summary>
/// Stands in front of the parsers of html and css: 100,000 <c>:not(</c> overflow their stack, and as many tags take 45 seconds. What nests has begun: as many
/// beginnings as these are no deeper than the stack of <see cref="DeepStack"/>, however cleverly they hide their ends.
/// </summary>
internal static class HtmlLimits
{
    private const int MostElements = 10_000;
    private const int MostBrackets = 10_000;

    /// <summary>A style's declarations are each compared with all before: 40,000 took four seconds.</summary>
    private const int MostSemicolons = 20_000;

    /// <exception cref="LiquidException">There are more of something than a mail has.</exception>
    public static void Check(string html)
    {
        var (elements, brackets, semicolons) = (0, 0, 0);
        for (var at = 0; at < html.Length; at++)
        {
            if (html[at] == '<' && ++elements > MostElements)
                throw LiquidException.At(html, at, $"This html has more than {MostElements} tags");
            if (html[at] is '(' or '[' or '{' && ++brackets > MostBrackets)
                throw LiquidException.At(html, at, $"This html has more than {MostBrackets} brackets");
            if (html[at] == ';' && ++semicolons > MostSemicolons)
                throw LiquidException.At(html, at, $"This html has more than {MostSemicolons} semicolons");
        }
    }
}

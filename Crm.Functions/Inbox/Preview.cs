using System.Text.RegularExpressions;

namespace Crm.Functions.Inbox;

/// <summary>What lists show of a message, and of its subject.</summary>
public static partial class Preview
{
    private const int Longest = 160;

    /// <summary>Texts are looked through no further: a preview takes its words from the beginning.</summary>
    private const int LongestLookedThrough = 20_000;

    /// <summary>The first words of a text, on one line, without what it quotes.</summary>
    public static string Of(string content)
    {
        var words = Words(NewPart(content));
        // A reply below what it quotes.
        return words.Length > 0 ? words : Words(string.Join('\n', Lines(content).Where(line => !line.StartsWith('>'))));
    }

    /// <summary>A subject without the Re: and Fwd: in front of it.</summary>
    public static string? Bare(string? subject) => subject is null ? null : Fields.Text(Prefixes().Replace(subject, ""));

    // What mail programs put above the message they quote.
    private static string NewPart(string content)
    {
        var lines = Lines(content);
        var end = 0;
        while (end < lines.Length && !lines[end].StartsWith('>') && !BeginsQuote().IsMatch(lines[end]))
        {
            // "On Monday 5 May Ann Smith <ann@…>" may go on in the next line.
            if (end + 1 < lines.Length && Attribution().IsMatch($"{lines[end]} {lines[end + 1]}") && lines[end].StartsWith("On ", StringComparison.Ordinal))
                break;
            end++;
        }

        return string.Join('\n', lines[..end]);
    }

    private static string[] Lines(string content) =>
        (content.Length > LongestLookedThrough ? content[..LongestLookedThrough] : content).Split('\n').Select(line => line.Trim()).ToArray();

    private static string Words(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= Longest)
            return line;
        var end = char.IsHighSurrogate(line[Longest - 2]) ? Longest - 2 : Longest - 1;
        return line[..end] + "…";
    }

    [GeneratedRegex("^((re|fwd?|aw|wg|sv|vs|antw|tr)(\\[\\d+\\])?\\s*:\\s*)+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Prefixes();

    [GeneratedRegex(
        "^(On .{5,200} wrote:$|Am .{5,200} schrieb .{1,200}:$|Le .{5,200} a écrit\\s?:$|El .{5,200} escribió:$|Em .{5,200} escreveu:$"
            + "|-{2,}\\s*(Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|Mensaje original).*|_{10,}$|From: .+@.+)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BeginsQuote();

    [GeneratedRegex("^On .{5,300} wrote:$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Attribution();
}

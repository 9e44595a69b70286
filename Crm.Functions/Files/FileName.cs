using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crm.Functions.Files;

/// <summary>What an uploaded file is called: a name alone, which no mail program takes for a path or another header, and no reader for another one.</summary>
public static partial class FileName
{
    /// <summary>In characters, as file systems take them.</summary>
    private const int Longest = 255;
    private const int LongestExtension = 20;
    private const string Nameless = "attachment";

    /// <summary>What Windows takes in no name.</summary>
    private const string Forbidden = "<>:\"|?*";

    /// <summary>Marks that turn the direction of writing: with one of them <c>exe.fdp</c> reads <c>pdf.exe</c>.</summary>
    private static readonly HashSet<int> Turning =
        [0x061C, 0x200E, 0x200F, .. Enumerable.Range(0x202A, 5), .. Enumerable.Range(0x2066, 4)];

    public static string Clean(string? given)
    {
        var text = new StringBuilder();
        // Half of a surrogate pair becomes the mark that stands for what cannot be read.
        foreach (var letter in (given ?? "").EnumerateRunes())
            text.Append(Clean(letter));
        var name = text.ToString();
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        name = string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.', ' ');
        return name.Length == 0 ? Nameless : Cut(name);
    }

    /// <summary>How a name ends, in lower case and without the dot; empty when it has no end.</summary>
    public static string Extension(string name) => Path.GetExtension(name).TrimStart('.').ToLowerInvariant();

    /// <summary>How the key of a file ends: as its name does, where that is plain.</summary>
    public static string KeyEnding(string name) => Plain().Match(name.ToLowerInvariant()) is { Success: true } plain ? plain.Groups["ending"].Value : "bin";

    private static string Clean(Rune letter) =>
        Turning.Contains(letter.Value) ? ""
        : Rune.IsWhiteSpace(letter) || Rune.GetUnicodeCategory(letter) == UnicodeCategory.Control ? " "
        : Forbidden.Contains(letter.ToString(), StringComparison.Ordinal) ? "_"
        : letter.ToString();

    // What it is stays to be seen.
    private static string Cut(string name)
    {
        if (name.Length <= Longest)
            return name;
        var extension = Path.GetExtension(name) is { Length: <= LongestExtension } ending ? ending : "";
        var end = Longest - extension.Length;
        return name[..(char.IsHighSurrogate(name[end - 1]) ? end - 1 : end)] + extension;
    }

    [GeneratedRegex(@"\.(?<ending>[a-z0-9]{1,8})$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Plain();
}

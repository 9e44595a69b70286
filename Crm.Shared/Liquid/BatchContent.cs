using System.Globalization;
using System.Security.Cryptography;

namespace Crm.Shared.Liquid;

/// <summary>
/// The text and html of a mail to many, with tags where they differ, and what stands in place of them for each recipient. It says to each what
/// <see cref="LiquidText.Render"/> says, in a tenth of the time and a fiftieth of the bytes.
/// </summary>
public sealed class BatchContent
{
    private const int PrefixLength = 6;
    private const string PrefixLetters = "abcdefghijklmnopqrstuvwxyz";

    private readonly BatchText? _text;
    private readonly BatchText? _html;
    private int _tags;

    private BatchContent(LiquidText? text, LiquidText? html, MergeValues shared, string prefix)
    {
        // Letters, digits and hyphens are themselves in html, urls and text. The hyphen at the end keeps tag 1 from standing in tag 12, the random
        // letters keep what a contact is called from being one.
        string NewTag() => string.Create(CultureInfo.InvariantCulture, $"-{prefix}{++_tags}-");
        _text = text is null ? null : new(text, shared, NewTag);
        _html = html is null ? null : new(html, shared, NewTag);
    }

    public string? Text => _text?.Shared;

    public string? Html => _html?.Shared;

    /// <summary>
    /// Renders what is the same for all; null when that cannot be done, and each recipient's mail tells why when it is rendered by itself.
    /// </summary>
    /// <param name="text">The plain text.</param>
    /// <param name="html">The html.</param>
    /// <param name="shared">The organisation's values; each recipient's have them too.</param>
    public static BatchContent? Make(LiquidText? text, LiquidText? html, MergeValues shared)
    {
        try
        {
            BatchContent made;
            string prefix;
            do
            {
                prefix = RandomNumberGenerator.GetString(PrefixLetters, PrefixLength);
                made = new(text, html, shared, "");
            }
            while (Holds(made, prefix));
            return new(text, html, shared, prefix);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>What stands in place of each tag for this recipient; null for one whose mail must go alone, rendered whole.</summary>
    public IReadOnlyDictionary<string, string>? Of(MergeValues recipient)
    {
        var substitutions = new Substitutions();
        try
        {
            return (_text?.Fill(recipient, substitutions) ?? true) && (_html?.Fill(recipient, substitutions) ?? true) ? substitutions.Values : null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static bool Holds(BatchContent content, string prefix) =>
        new[] { content.Text, content.Html }.Any(text => text?.Contains(prefix, StringComparison.OrdinalIgnoreCase) == true);
}

using System.Collections.Frozen;

namespace Crm.Shared;

/// <summary>How many messages the mobile network makes of a text: 160 letters of its own alphabet, or 70 where one is of no such letter.</summary>
public static class SmsSegments
{
    private const int Single = 160;
    private const int Part = 153;
    private const int SingleUcs2 = 70;
    private const int PartUcs2 = 67;

    // GSM 03.38. Those of the extension take two places.
    private static readonly FrozenSet<char> Basic = (
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").ToFrozenSet();
    private static readonly FrozenSet<char> Extension = "\f^{}\\[~]|€".ToFrozenSet();

    public static int Of(string text)
    {
        var isGsm = text.All(letter => Basic.Contains(letter) || Extension.Contains(letter));
        var widths = isGsm ? GsmWidths(text) : Ucs2Widths(text);
        var (single, part) = isGsm ? (Single, Part) : (SingleUcs2, PartUcs2);
        if (widths.Sum() <= single)
            return 1;
        // What takes two places is not torn apart.
        var (segments, used) = (1, 0);
        foreach (var width in widths)
        {
            if (used + width > part)
                (segments, used) = (segments + 1, 0);
            used += width;
        }

        return segments;
    }

    private static int[] GsmWidths(string text) => [.. text.Select(letter => Extension.Contains(letter) ? 2 : 1)];

    private static int[] Ucs2Widths(string text) => [.. text.EnumerateRunes().Select(rune => rune.Utf16SequenceLength)];
}

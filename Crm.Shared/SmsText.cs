namespace Crm.Shared;

/// <summary>
/// How an SMS is cut (3GPP 23.038): 160 letters of the GSM alphabet or 70 others; of a longer one each segment has a header, which leaves 153 and 67.
/// </summary>
public static class SmsText
{
    public const int MostSegments = 10;

    private const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    // Each is two.
    private const string Extended = "^{}\\[~]|€\f";

    public static int Segments(string text)
    {
        var septets = 0;
        foreach (var letter in text)
        {
            var size = Basic.Contains(letter, StringComparison.Ordinal) ? 1 : Extended.Contains(letter, StringComparison.Ordinal) ? 2 : 0;
            if (size == 0)
                return Count(text.Length, 70, 67);
            septets += size;
        }

        return Count(septets, 160, 153);
    }

    private static int Count(int length, int alone, int each) => length <= alone ? 1 : (length + each - 1) / each;
}

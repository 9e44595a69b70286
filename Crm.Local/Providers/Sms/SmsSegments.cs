namespace Crm.Local.Providers.Sms;

/// <summary>How many segments a text takes: 160 characters of the GSM alphabet alone or 153 in each of several; 70 or 67 where one is not in it.</summary>
internal static class SmsSegments
{
    private const string Gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string GsmOfTwo = "^{}\\[~]|€";

    public static int Count(string text)
    {
        var isGsm = text.All(c => Gsm.Contains(c, StringComparison.Ordinal) || GsmOfTwo.Contains(c, StringComparison.Ordinal));
        var length = text.Length + (isGsm ? text.Count(c => GsmOfTwo.Contains(c, StringComparison.Ordinal)) : 0);
        var (alone, ofSeveral) = isGsm ? (160, 153) : (70, 67);
        return length <= alone ? 1 : (length + ofSeveral - 1) / ofSeveral;
    }
}

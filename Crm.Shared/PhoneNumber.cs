namespace Crm.Shared;

/// <summary>Phone numbers in E.164: a plus sign, the country's calling code, the number, 15 digits at most.</summary>
public static class PhoneNumber
{
    private const int FewestDigits = 7;
    private const int MostDigits = 15;

    /// <summary>The signs people write between digits.</summary>
    private const string Separators = " -()./\u00a0";

    /// <summary>Fewer digits may be anything: a year, a house number.</summary>
    private const int FewestSearchedDigits = 5;

    /// <summary>The digits by which a number is found however it is written; null when the text does not look like part of a written number.</summary>
    public static string? Digits(string text)
    {
        var digits = new string([.. text.Where(char.IsAsciiDigit)]).TrimStart('0');
        return digits.Length >= FewestSearchedDigits && digits.Length < text.Length && text.TrimStart('+').All(c => char.IsAsciiDigit(c) || Separators.Contains(c, StringComparison.Ordinal)) ? digits : null;
    }

    /// <summary>
    /// The number in E.164, or null when it cannot be one. A number without a country (no <c>+</c> or <c>00</c>) belongs to
    /// <paramref name="callingCode"/>; its leading zero is the national prefix and falls away.
    /// </summary>
    public static string? Normalize(string text, string callingCode)
    {
        var start = text.TakeWhile(c => c is ' ' or '(').Count();
        if (text.LastIndexOf('+') > start || text.Any(c => !char.IsAsciiDigit(c) && c != '+' && !Separators.Contains(c, StringComparison.Ordinal)))
            return null;

        // The (0) in +49 (0)30 is dialled from within the country only.
        var digits = new string([.. text.Replace("(0)", "", StringComparison.Ordinal).Where(char.IsAsciiDigit)]);
        var international = text.AsSpan(start).StartsWith('+') ? digits
            : digits.StartsWith("00", StringComparison.Ordinal) ? digits[2..]
            : callingCode == "1" && digits.Length == 11 && digits[0] == '1' ? digits
            : callingCode + digits.TrimStart('0');
        return international.Length is >= FewestDigits and <= MostDigits && international[0] != '0' ? $"+{international}" : null;
    }
}

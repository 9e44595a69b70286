using PhoneNumbers;

namespace Crm.Shared;

/// <summary>Phone numbers in E.164: a plus sign, the country's calling code, the number, 15 digits at most.</summary>
public static class PhoneNumber
{
    /// <summary>The signs people write between digits.</summary>
    private const string Separators = " -()./\u00a0";

    /// <summary>Fewer digits may be anything: a year, a house number.</summary>
    private const int FewestSearchedDigits = 5;

    /// <summary>The digits by which a number is found however it is written; null when the text does not look like part of a written number.</summary>
    public static string? Digits(string text)
    {
        var digits = new string([.. text.Where(char.IsAsciiDigit)]).TrimStart('0');
        return digits.Length >= FewestSearchedDigits && digits.Length < text.Length && text.TrimStart('+').All(c => char.IsAsciiDigit(c) || IsSeparator(c))
            ? digits
            : null;
    }

    /// <summary>
    /// The number in E.164, or null when it cannot be one. Without a country of its own it is a number of <paramref name="country"/>, an ISO 3166-1 code.
    /// It must be of a length that its country has and no more: numbering plans change faster than tables of them, and made-up numbers are useful in tests.
    /// </summary>
    public static string? Normalize(string text, string country)
    {
        var start = text.TakeWhile(c => c is ' ' or '(').Count();
        if (text.LastIndexOf('+') > start || text.Any(c => !char.IsAsciiDigit(c) && c != '+' && !IsSeparator(c)))
            return null;
        // 00 stands for the plus sign also where it is not what one dials.
        return E164(text, country) ?? (text.AsSpan(start).StartsWith("00") ? E164($"+{text[(start + 2)..]}", country) : null);
    }

    /// <summary>Whether phone numbers can be read in this country, given by its ISO 3166-1 code in capitals.</summary>
    public static bool IsCountry(string code) => PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(code);

    // The tables are read when the first number is, not when the app starts.
    private static string? E164(string text, string country)
    {
        var numbers = PhoneNumberUtil.GetInstance();
        try
        {
            var number = numbers.Parse(text, country);
            return numbers.IsPossibleNumberWithReason(number) == PhoneNumberUtil.ValidationResult.IS_POSSIBLE
                ? numbers.Format(number, PhoneNumberFormat.E164)
                : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    private static bool IsSeparator(char c) => Separators.Contains(c, StringComparison.Ordinal);
}

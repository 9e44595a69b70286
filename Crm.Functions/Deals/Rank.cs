using System.Globalization;

namespace Crm.Functions.Deals;

/// <summary>
/// A place in a column, as text in byte order: between any two places there is another one, so that moving a card writes that
/// card alone. A rank is a whole number, whose first letter says how many digits it has, and a fraction; places at an end take
/// the next whole number and stay short however many there are.
/// </summary>
/// <remarks>The scheme is D. Greenspan's "Implementing fractional indexing", as in the fractional-indexing package, in base 62.</remarks>
public static class Rank
{
    /// <summary>The rank of the first row of an empty column.</summary>
    public const string Start = "a0";

    /// <summary>A rank this long means that many places were taken between the same two: the column wants numbering anew.</summary>
    public const int Longest = 120;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string LeastWhole = "A00000000000000000000000000";

    /// <summary>A rank after <paramref name="before"/> and before <paramref name="after"/>; null is the column's end.</summary>
    public static string Between(string? before, string? after)
    {
        if (before is not null && after is not null && string.CompareOrdinal(before, after) >= 0)
            throw new ArgumentException($"There is no place between {before} and {after}.", nameof(after));

        return (before, after) switch
        {
            (null, null) => Start,
            (null, { } upper) => Before(upper),
            ({ } lower, null) => Next(Whole(lower)) ?? Whole(lower) + Midpoint(Fraction(lower), null),
            ({ } lower, { } upper) => Inside(lower, upper),
        };
    }

    private static string Before(string upper)
    {
        var whole = Whole(upper);
        if (whole == LeastWhole)
            return whole + Midpoint("", Fraction(upper));
        return string.CompareOrdinal(whole, upper) < 0 ? whole : Previous(whole);
    }

    private static string Inside(string lower, string upper)
    {
        var whole = Whole(lower);
        if (whole == Whole(upper))
            return whole + Midpoint(Fraction(lower), Fraction(upper));
        return Next(whole) is { } next && string.CompareOrdinal(next, upper) < 0 ? next : whole + Midpoint(Fraction(lower), null);
    }

    private static string Whole(string rank) => rank[..WholeLength(rank[0])];

    private static string Fraction(string rank) => rank[WholeLength(rank[0])..];

    private static int WholeLength(char head) => head switch
    {
        >= 'a' and <= 'z' => head - 'a' + 2,
        >= 'A' and <= 'Z' => 'Z' - head + 2,
        _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A rank starts with a letter, not with {head}."), nameof(head)),
    };

    /// <summary>The whole number one above, or null above the greatest.</summary>
    private static string? Next(string whole)
    {
        var digits = whole[1..].ToCharArray();
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            if (digits[i] != Digits[^1])
            {
                digits[i] = Digits[Value(digits[i]) + 1];
                return whole[0] + new string(digits);
            }

            digits[i] = Digits[0];
        }

        return whole[0] switch
        {
            'z' => null,
            'Z' => Start,
            var head => (char)(head + 1) + new string(Digits[0], WholeLength((char)(head + 1)) - 1),
        };
    }

    /// <summary>The whole number one below; there is one, as <see cref="LeastWhole"/> is treated apart.</summary>
    private static string Previous(string whole)
    {
        var digits = whole[1..].ToCharArray();
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            if (digits[i] != Digits[0])
            {
                digits[i] = Digits[Value(digits[i]) - 1];
                return whole[0] + new string(digits);
            }

            digits[i] = Digits[^1];
        }

        var head = whole[0] == 'a' ? 'Z' : (char)(whole[0] - 1);
        return head + new string(Digits[^1], WholeLength(head) - 1);
    }

    /// <summary>A fraction between two; null is one. Fractions never end in a zero, or nothing would fit below them.</summary>
    private static string Midpoint(string lower, string? upper)
    {
        if (upper is not null)
        {
            var same = 0;
            while ((same < lower.Length ? lower[same] : Digits[0]) == upper[same])
                same++;
            if (same > 0)
                return upper[..same] + Midpoint(same < lower.Length ? lower[same..] : "", upper[same..]);
        }

        var low = lower.Length > 0 ? Value(lower[0]) : 0;
        var high = upper is null ? Digits.Length : Value(upper[0]);
        if (high - low > 1)
            return Digits[(low + high + 1) / 2].ToString();
        if (upper?.Length > 1)
            return upper[..1];
        return Digits[low] + Midpoint(lower.Length > 0 ? lower[1..] : "", null);
    }

    private static int Value(char digit) => Digits.IndexOf(digit, StringComparison.Ordinal);
}

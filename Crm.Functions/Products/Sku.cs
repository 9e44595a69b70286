using System.Security.Cryptography;

namespace Crm.Functions.Products;

/// <summary>SKUs for products that come without one.</summary>
public static class Sku
{
    public const int Longest = 64;

    /// <summary>Tries at a free one. With 20 million endings even a second is rare.</summary>
    public const int Tries = 10;

    // No vowels, and nothing that looks like something else: endings spell no words and survive a telephone.
    private const string Alphabet = "23456789BCDFGHJKLMNPQRSTVWXYZ";

    /// <summary>Such as <c>FURN-STANDING-7K3QX</c>: the category's first letters, the name's, and a random ending.</summary>
    public static string Make(string? category, string name) =>
        $"{Letters(category, 4, "GEN")}-{Letters(name, 8, "ITEM")}-{RandomNumberGenerator.GetString(Alphabet, 5)}";

    private static string Letters(string? text, int most, string otherwise)
    {
        var letters = string.Concat((text ?? "").Where(char.IsAsciiLetterOrDigit).Take(most));
        return letters.Length == 0 ? otherwise : letters.ToUpperInvariant();
    }
}

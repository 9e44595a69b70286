using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Auth;

/// <summary>Hashes and checks passwords with ASP.NET Core Identity's hasher (PBKDF2, SHA-512, 100,000 rounds).</summary>
public static class Passwords
{
    public const int Shortest = 8;
    public const int Longest = 128;

    private static readonly PasswordHasher<object> Hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 100_000 }));
    private static readonly object Nobody = new();

    // Compared against when there is no such account, so that the answer takes as long.
    private static readonly Lazy<string> Decoy = new(() => Hash("a password nobody has"));

    public static string Hash(string password) => Hasher.HashPassword(Nobody, password);

    public static bool Verify(string? hash, string password) =>
        Hasher.VerifyHashedPassword(Nobody, hash ?? Decoy.Value, password) != PasswordVerificationResult.Failed && hash is not null;

    /// <summary>Why a new password will not do, or null when it will.</summary>
    public static string? Fault(string password) => password switch
    {
        { Length: < Shortest } => $"password must be at least {Shortest} characters.",
        { Length: > Longest } => $"password must be at most {Longest} characters.",
        _ when Common.Contains(password) => "password is one of the most common ones: choose another.",
        _ => null,
    };

    private static readonly HashSet<string> Common = new(
        """
        password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword pa55word 12345678 123456789 1234567890 0123456789
        987654321 87654321 11111111 111111111 00000000 88888888 99999999 12341234 12121212 11223344 112233445566 123123123 123321123 qwertyui
        qwertyuiop qwerty123 qwerty12 qwerty1234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 q1w2e3r4 zaq12wsx asdfghjk asdfghjkl zxcvbnm1 zxcvbnm123
        iloveyou iloveyou1 sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman batman123 starwars
        pokemon1 computer internet trustno1 welcome1 welcome123 welcome2024 welcome2025 welcome2026 admin123 admin1234 administrator letmein1
        letmein123 changeme changeme1 changeme123 default1 secret123 testtest test1234 test12345 abcd1234 abc12345 abcdefgh a1b2c3d4 aa123456
        asdf1234 qazwsxedc michelle jennifer jessica1 samantha danielle alexander christian elizabeth victoria charlie1 michael1 jordan23
        liverpool chelsea1 arsenal1 manchester mercedes corvette butterfly whatever whatever1 chocolate blink182 monkey123 dragon123 master123
        shadow123 killer123 hello123 hello1234 helloworld summer2024 summer2025 summer2026 winter2024 winter2025 winter2026 spring2025 autumn2025
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.OrdinalIgnoreCase);
}

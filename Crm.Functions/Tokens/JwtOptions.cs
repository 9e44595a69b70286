using System.Text;

namespace Crm.Functions.Tokens;

/// <summary>How access tokens are signed and how long they last. Section <c>Jwt</c>.</summary>
public sealed class JwtOptions
{
    public const string Section = "Jwt";
    public const int ShortestKey = 32;
    private const int FewestDistinctBytes = 10;

    /// <summary>The signing key, 32 bytes or more of randomness as text.</summary>
    public string Key { get; set; } = "";

    /// <summary>The key before the last rotation: tokens it signed stay valid, new ones use <see cref="Key"/>.</summary>
    public string? PreviousKey { get; set; }

    public double AccessTokenHours { get; set; } = 12;

    public double RefreshTokenDays { get; set; } = 30;

    public static bool IsStrong(string key) => Encoding.UTF8.GetByteCount(key) >= ShortestKey && key.Distinct().Count() >= FewestDistinctBytes;
}

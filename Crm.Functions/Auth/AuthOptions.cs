using System.Text;

namespace Crm.Functions.Auth;

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

/// <summary>Where links lead. Top-level settings <c>PUBLIC_BASE_URL</c> and <c>FRONTEND_URL</c>.</summary>
public sealed record Links(string PublicBaseUrl, string? FrontendUrl)
{
    public static Links From(IConfiguration configuration) => new(
        (configuration["PUBLIC_BASE_URL"] ?? "http://127.0.0.1:7071").TrimEnd('/'),
        configuration["FRONTEND_URL"]?.TrimEnd('/'));

    // Without a frontend of your own the app serves small pages of its own at the same paths.
    private string Pages => string.IsNullOrEmpty(FrontendUrl) ? PublicBaseUrl : FrontendUrl;

    public string AcceptInvitation(string token) => $"{Pages}/accept-invitation?token={token}";

    public string ResetPassword(string token) => $"{Pages}/reset-password?token={token}";

    public string SignIn => $"{Pages}/";
}

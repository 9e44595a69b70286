namespace Crm.Functions.Tokens;

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

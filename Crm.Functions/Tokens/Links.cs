namespace Crm.Functions.Tokens;

/// <summary>Where links lead. Top-level settings <c>PUBLIC_BASE_URL</c> and <c>FRONTEND_URL</c>.</summary>
public sealed record Links(string PublicBaseUrl, string? FrontendUrl)
{
    /// <summary>The local host's, for development.</summary>
    private const string LocalBaseUrl = "http://127.0.0.1:7071";

    public static Links From(IConfiguration configuration) => new(
        (configuration["PUBLIC_BASE_URL"] is { Length: > 0 } url ? url : LocalBaseUrl).TrimEnd('/'),
        configuration["FRONTEND_URL"]?.TrimEnd('/'))
    {
        InboundDomain = configuration["INBOUND_DOMAIN"] is { Length: > 0 } domain ? domain : null,
    };

    /// <summary>The domain whose mail reaches the app, top-level setting <c>INBOUND_DOMAIN</c>; null when none does.</summary>
    public string? InboundDomain { get; init; }

    /// <summary>Whether others than the server itself reach such an address; in development there are no others.</summary>
    public static bool IsReachable(string? publicBaseUrl, bool isDevelopment) =>
        isDevelopment || Uri.TryCreate(publicBaseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    /// <summary>What to do where it is not.</summary>
    public const string Unreachable =
        "Set PUBLIC_BASE_URL to the address at which clients reach the app, such as https://crm.example.com: links in mails lead there.";

    // Without a frontend of your own the app serves small pages of its own at the same paths.
    private string Pages => string.IsNullOrEmpty(FrontendUrl) ? PublicBaseUrl : FrontendUrl;

    public string AcceptInvitation(string token) => $"{Pages}/accept-invitation?token={token}";

    public string ResetPassword(string token) => $"{Pages}/reset-password?token={token}";

    /// <summary>The app's own page, whatever the frontend is.</summary>
    public string Invoice(string token) => $"{PublicBaseUrl}/public/invoices/{token}";

    /// <summary>Where a file that was exported in the background is.</summary>
    public string Export(string token) => $"{PublicBaseUrl}/public/exports/{token}";

    /// <summary>Where a ticket is good.</summary>
    public string ExportNow(string ticket) => $"{PublicBaseUrl}/reports/export?ticket={ticket}";

    /// <summary>Where a recipient unsubscribes.</summary>
    public string Unsubscribe(string token) => $"{PublicBaseUrl}/u/{token}";

    /// <summary>Where the vendor tells what becomes of an SMS; its signature covers the query.</summary>
    public Uri SmsStatus(Guid organizationId, Guid deliveryId) =>
        new($"{PublicBaseUrl}/webhooks/twilio/status?organizationId={organizationId}&deliveryId={deliveryId}");

    public string SignIn => $"{Pages}/";
}

/// <summary>The part of <see cref="Links"/> that a start depends on.</summary>
public sealed class PublicAddressOptions
{
    public string? PublicBaseUrl { get; set; }
}

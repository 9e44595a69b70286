using System.Text;

namespace Crm.Functions.Auth;

/// <summary>The small pages behind the links in mails, for installations without a frontend of their own (no <c>FRONTEND_URL</c>).</summary>
public static class AccountPages
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly Lazy<byte[]> AcceptInvitationPage = new(() => Read("accept-invitation.html"));
    private static readonly Lazy<byte[]> ResetPasswordPage = new(() => Read("reset-password.html"));

    [Function("AcceptInvitationPage"), ExcludeFromDescription, AllowAnonymous]
    public static IResult AcceptInvitation(
        [HttpTrigger(Anonymous, "get", Route = "accept-invitation")] HttpContext context) => Page(context, AcceptInvitationPage.Value);

    [Function("ResetPasswordPage"), ExcludeFromDescription, AllowAnonymous]
    public static IResult ResetPassword(
        [HttpTrigger(Anonymous, "get", Route = "reset-password")] HttpContext context) => Page(context, ResetPasswordPage.Value);

    // The address holds a token: it must not leak to other sites, nor stay in caches.
    private static IResult Page(HttpContext context, byte[] html)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(html, "text/html; charset=utf-8");
    }

    /// <summary>A page, with what all of them share in its place: one answer, as nothing else may be loaded.</summary>
    private static byte[] Read(string name) =>
        Encoding.UTF8.GetBytes(
            Text(name).Replace("/*page.css*/", Text("page.css"), StringComparison.Ordinal).Replace("/*page.js*/", Text("page.js"), StringComparison.Ordinal));

    private static string Text(string name)
    {
        using var reader = new StreamReader(typeof(AccountPages).Assembly.GetManifestResourceStream($"Crm.Functions.Auth.Pages.{name}")!);
        return reader.ReadToEnd();
    }
}

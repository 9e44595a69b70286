using System.Text;

namespace Crm.Functions.Replies;

/// <summary>A small page of the app's own: one answer, as nothing else may be loaded.</summary>
public static class HtmlPage
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'";

    // The address holds a token: it must not leak to other sites, nor stay in caches.
    public static IResult Answer(HttpContext context, string html, int status = StatusCodes.Status200OK, string policy = ContentSecurityPolicy)
    {
        context.Response.Headers.ContentSecurityPolicy = policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        return Results.Text(html, "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    /// <summary>A page of an area, with what all pages share in its place.</summary>
    public static string Read(string area, string name) =>
        Text(area, name).Replace("/*page.css*/", Text("Replies", "page.css"), StringComparison.Ordinal);

    /// <summary>A file beside an area's pages.</summary>
    public static string Text(string area, string name)
    {
        using var reader = new StreamReader(typeof(HtmlPage).Assembly.GetManifestResourceStream($"Crm.Functions.{area}.Pages.{name}")!);
        return reader.ReadToEnd();
    }
}

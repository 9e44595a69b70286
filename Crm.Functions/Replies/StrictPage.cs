using System.Security.Cryptography;
using System.Text;

namespace Crm.Functions.Replies;

/// <summary>A page of which nothing runs but the one script and the one style that it came with: the policy names them by their hashes.</summary>
public sealed class StrictPage(string html)
{
    private readonly string _policy = $"default-src 'none'; style-src '{Hash(html, "style")}'; script-src '{Hash(html, "script")}'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public IResult Answer(HttpContext context) => HtmlPage.Answer(context, html, policy: _policy);

    private static string Hash(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var end = html.IndexOf($"</{element}>", start, StringComparison.Ordinal);
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..end])))}";
    }
}

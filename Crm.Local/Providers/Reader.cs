using System.Net;
using System.Text.RegularExpressions;

namespace Crm.Local.Providers;

/// <summary>What somebody who reads a message does with it in a browser: only the app's own addresses are ever called.</summary>
internal sealed partial class Reader(AppLink app, HttpClient http)
{
    public const string Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

    /// <summary>The image of the app's own that tells it of an opening.</summary>
    public Uri? Pixel(SentMessage message) =>
        Find(Image(), message.Html).FirstOrDefault(url => app.Owns(url) && url.AbsolutePath.StartsWith("/t/o/", StringComparison.Ordinal));

    /// <summary>The link that somebody follows who follows one: one that the app tracks, or else the first.</summary>
    public Uri? Link(SentMessage message)
    {
        var links = Links(message).ToArray();
        return Array.Find(links, url => app.Owns(url) && url.AbsolutePath.StartsWith("/t/c/", StringComparison.Ordinal)) ?? links.FirstOrDefault();
    }

    /// <summary>The address that one click unsubscribes at (RFC 8058).</summary>
    public Uri? OneClick(SentMessage message) =>
        message.Headers.ContainsKey("List-Unsubscribe-Post") && message.Headers.TryGetValue("List-Unsubscribe", out var addresses)
            ? Find(Bracketed(), addresses).FirstOrDefault(app.Owns)
            : null;

    public bool CanFollow(Uri url) => app.Owns(url);

    /// <summary>Looks at an address, without following where it leads.</summary>
    public Task<(int Status, Uri? Leads)> Get(Uri url, CancellationToken ct) => Send(HttpMethod.Get, url, null, ct);

    public Task<(int Status, Uri? Leads)> PostOneClick(Uri url, CancellationToken ct) =>
        Send(HttpMethod.Post, url, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]), ct);

    private static IEnumerable<Uri> Links(SentMessage message) => Find(Anchor(), message.Html) is var links && links.Any() ? links : Find(Bare(), message.Text);

    private async Task<(int Status, Uri? Leads)> Send(HttpMethod method, Uri url, HttpContent? content, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, app.Reachable(url)) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", Browser);
        using var response = await http.SendAsync(request, ct);
        return ((int)response.StatusCode, response.Headers.Location);
    }

    private static IEnumerable<Uri> Find(Regex pattern, string text) =>
        from found in pattern.Matches(text)
        let address = WebUtility.HtmlDecode(found.Groups["url"].Value)
        where Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        select new Uri(address);

    [GeneratedRegex("<img\\b[^>]*?\\bsrc\\s*=\\s*[\"']?(?<url>https?://[^\"'\\s>]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Image();

    [GeneratedRegex("<a\\b[^>]*?\\bhref\\s*=\\s*[\"']?(?<url>https?://[^\"'\\s>]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Anchor();

    [GeneratedRegex("(?<url>https?://[^\\s<>\"]*[^\\s<>\".,;:!?)])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bare();

    [GeneratedRegex("<(?<url>https?://[^>]+)>", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bracketed();
}

using System.Text.RegularExpressions;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>A campaign's html with links that lead to the tracker, and the pixel that says that it was opened.</summary>
internal static partial class TrackedHtml
{
    private const string Token = $"{{{{ {MergeFields.RecipientToken} }}}}";

    /// <summary>The html, with the urls of its links by their numbers, from 1.</summary>
    public static (string Html, IReadOnlyList<string> Urls) Of(string html, string publicBaseUrl, bool tracksClicks, bool tracksOpens)
    {
        var urls = new List<string>();
        if (tracksClicks)
            html = MailLinks.Replace(html, url => $"{publicBaseUrl}/t/c/{Token}.{Number(urls, url)}");
        if (tracksOpens)
            html = AtEnd(html, $"""<img src="{publicBaseUrl}/t/o/{Token}.gif" alt="" width="1" height="1" style="border: 0">""");
        return (html, urls);
    }

    /// <summary>The html with something at the end of what is shown of it.</summary>
    public static string AtEnd(string html, string more)
    {
        var end = End().Match(html);
        return end.Success ? html.Insert(end.Index, more) : html + more;
    }

    // One that stands twice is one link.
    private static int Number(List<string> urls, string url)
    {
        if (!urls.Contains(url, StringComparer.Ordinal))
            urls.Add(url);
        return urls.IndexOf(url) + 1;
    }

    [GeneratedRegex(@"</body>\s*(</html>)?\s*$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex End();
}

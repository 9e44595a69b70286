namespace Crm.Functions.Tracking;

/// <summary>Tells apart who reads mail and what only looks through it: scanners follow every link before anybody has seen the mail.</summary>
internal static class Machines
{
    private static readonly string[] Names =
    [
        "bot", "crawl", "spider", "scan", "preview", "headless", "phantomjs", "barracuda", "proofpoint", "mimecast", "messagelabs", "symantec", "forcepoint",
        "curl/", "wget/", "python", "java/", "go-http-client", "okhttp", "libwww", "httpclient", "node-fetch", "axios",
    ];

    // Apple's mail programs fetch all pictures when a mail arrives, and call themselves this and no more.
    private const string Prefetching = "Mozilla/5.0";

    public static bool Is(HttpContext context)
    {
        var agent = context.Request.Headers.UserAgent.ToString();
        return context.WasHead() || agent.Length == 0 || agent == Prefetching || Names.Any(name => agent.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}

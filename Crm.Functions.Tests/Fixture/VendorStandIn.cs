using System.Collections.Concurrent;
using System.Collections.Specialized;
using System.Web;

namespace Crm.Functions.Tests.Fixture;

/// <summary>A vendor's end of the line that answers what a test says, and remembers what it was asked.</summary>
public sealed class VendorStandIn : IAsyncDisposable
{
    private readonly WebApplication _server;

    private VendorStandIn(WebApplication server) => _server = server;

    public sealed record Request(string Path, string Body, string Authorization)
    {
        public NameValueCollection Form => HttpUtility.ParseQueryString(Body);
    }

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>How the next calls are answered.</summary>
    public Func<HttpContext, Request, Task> Answer { get; set; } = static (context, _) =>
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    };

    public string Address => _server.Urls.Single();

    public static async Task<VendorStandIn> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var vendor = new VendorStandIn(builder.Build());
        vendor._server.Run(vendor.Serve);
        await vendor._server.StartAsync();
        return vendor;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task Serve(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = new Request(context.Request.Path, await reader.ReadToEndAsync(), context.Request.Headers.Authorization.ToString());
        Requests.Enqueue(request);
        await Answer(context, request);
    }
}

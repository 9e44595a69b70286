using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Crm.Local.FunctionsHost;

namespace Crm.Functions.Tests.Local;

/// <summary>A request as the handler saw it.</summary>
public sealed record SeenRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>A tiny custom handler: notes every request and answers with the status that <see cref="Answer"/> picks, the body echoed.</summary>
public sealed class TestHandler : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Channel<SeenRequest> _requests = Channel.CreateUnbounded<SeenRequest>();

    private TestHandler(WebApplication server) => _server = server;

    public Uri Address { get; private set; } = null!;
    public HttpMessageInvoker Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    public Func<SeenRequest, int> Answer { get; set; } = _ => 200;
    public ConcurrentBag<SeenRequest> All { get; } = [];
    public FunctionInvoker Invoker => new(Client, Address, TimeSpan.FromMinutes(1));

    public static async Task<TestHandler> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        var handler = new TestHandler(server);
        server.Run(handler.HandleAsync);
        await server.StartAsync(TestContext.Current.CancellationToken);
        handler.Address = new Uri(server.Urls.First());
        return handler;
    }

    /// <summary>The next request in the order of their arrival.</summary>
    public ValueTask<SeenRequest> NextAsync() => _requests.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var seen = new SeenRequest(context.Request.Method, target, headers, await reader.ReadToEndAsync(context.RequestAborted));
        All.Add(seen);
        context.Response.StatusCode = Answer(seen);
        context.Response.Headers["X-From-Handler"] = "yes";
        await context.Response.WriteAsync(seen.Body, context.RequestAborted);
        _requests.Writer.TryWrite(seen);
    }
}

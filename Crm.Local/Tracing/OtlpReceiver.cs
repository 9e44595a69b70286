using Crm.Local.Services;

namespace Crm.Local.Tracing;

/// <summary>A place for OpenTelemetry's exporters to send to, over HTTP on the loopback.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>Where spans are sent, below the address; logs and metrics have places of their own.</summary>
    public const string Traces = "/v1/traces";

    private readonly WebApplication _server;

    private OtlpReceiver(WebApplication server) => _server = server;

    public Uri Address { get; private set; } = null!;

    /// <param name="take">Is given each request: its path, and its body.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<OtlpReceiver> Start(Action<string, byte[]> take, CancellationToken ct)
    {
        var server = LoopbackServer.CreateBuilder(port: 0, maxBodySize: null).Build();
        // An empty answer is one that says nothing was refused.
        server.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            take(context.Request.Path, body.ToArray());
            context.Response.ContentType = "application/x-protobuf";
        });
        var receiver = new OtlpReceiver(server);
        try
        {
            receiver.Address = await LoopbackServer.Start(server, 0, "", ct);
            return receiver;
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>An app's settings with which it sends here what it has to tell, soon.</summary>
    public Dictionary<string, string> Export(IReadOnlyDictionary<string, string> settings) => new(settings, StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.GetLeftPart(UriPartial.Authority),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
    };

    public async ValueTask DisposeAsync() => await LoopbackServer.Stop(_server);
}

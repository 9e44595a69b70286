using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What the real executable sends to Application Insights beside the Functions host, in whose rows the alerts look.</summary>
public sealed class ApplicationInsightsTests(TestServices services)
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_gets_spans_and_metrics_and_neither_a_request_nor_a_line_of_the_log_a_second_time()
    {
        var sent = new ConcurrentQueue<JsonElement>();
        await using var ingestion = await Ingestion(sent);
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        var org = await app.NewOrganization();
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Urls.Single()}/",
            ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
        };
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers, settings: settings);
        await handler.Start();
        await handler.Send(
            org.Owner, HttpMethod.Post, "/auth/invite", JsonContent.Create(new { email = "seen@example.test", role = "staff" }), 201,
            ("traceparent", $"00-{Trace}-00f067aa0ba902b7-00"));
        await app.Mails("seen@example.test");
        await handler.Queues.GetQueueClient("send-email-poison").CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        await handler.Queues.GetQueueClient("send-email-poison").SendMessageAsync("{}", TestContext.Current.CancellationToken);
        Assert.True((await handler.Fire("WatchQueues")).Succeeded);
        using var patience = new CancellationTokenSource(Patience);
        while (!sent.Any(item => Name(item) == "process SendEmail") || !sent.Any(item => Type(item) == "MetricData"))
        {
            Assert.False(patience.IsCancellationRequested, string.Join('\n', sent.Select(item => $"{Type(item)} {Name(item)}")));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["MetricData", "RemoteDependencyData"], sent.Select(Type).Distinct().Order(StringComparer.Ordinal));
        var ofTrace = sent.Where(item => TraceOf(item) == Trace).Select(Name).ToArray();
        Assert.Contains("function InviteUser", ofTrace);
        Assert.Contains("process SendEmail", ofTrace);
        Assert.Contains(ofTrace, name => name!.StartsWith("Auth/InviteUser.cs:", StringComparison.Ordinal));
    }

    private static string? Type(JsonElement item) => item.GetProperty("data").GetProperty("baseType").GetString();

    private static string? TraceOf(JsonElement item) => item.GetProperty("tags").TryGetProperty("ai.operation.id", out var id) ? id.GetString() : null;

    private static string? Name(JsonElement item) =>
        item.GetProperty("data").GetProperty("baseData").TryGetProperty("name", out var name) ? name.GetString() : null;

    private static async Task<WebApplication> Ingestion(ConcurrentQueue<JsonElement> sent)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Run(async context =>
        {
            var packed = context.Request.Headers.ContentEncoding == "gzip";
            await using var body = packed ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
            using var reader = new StreamReader(body);
            var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var line in lines)
                sent.Enqueue(JsonDocument.Parse(line).RootElement);
            await context.Response.WriteAsJsonAsync(new { itemsReceived = lines.Length, itemsAccepted = lines.Length, errors = Array.Empty<object>() });
        });
        await server.StartAsync();
        return server;
    }
}

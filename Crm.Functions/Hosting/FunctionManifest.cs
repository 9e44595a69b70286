using System.Text.Json;

namespace Crm.Functions.Hosting;

/// <summary>
/// Writes what the Functions host reads: a folder with a function.json for every function of the app, made from the endpoints
/// themselves, and host.json.
/// </summary>
public static class FunctionManifest
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The name of the function that forwards the whole API under <c>/api</c>, where the guide's links expect it.</summary>
    private const string ApiTwin = "Api";

    public static void Write(string directory, IEnumerable<Endpoint> endpoints)
    {
        Directory.CreateDirectory(directory);
        foreach (var stale in Directory.GetFiles(directory, "function.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
            Directory.Delete(Path.GetDirectoryName(stale)!, recursive: true);

        foreach (var (name, bindings) in Functions(endpoints))
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
            File.WriteAllText(Path.Combine(directory, name, "function.json"), JsonSerializer.Serialize(new { bindings }, Indented) + "\n");
        }

        var host = Path.Combine(AppContext.BaseDirectory, "host.json");
        var target = Path.Combine(directory, "host.json");
        if (Path.GetFullPath(host) != Path.GetFullPath(target))
            File.Copy(host, target, overwrite: true);
    }

    /// <summary>Each function's name and its bindings.</summary>
    public static IEnumerable<(string Name, object[] Bindings)> Functions(IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            var name = endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName
                ?? throw new InvalidOperationException($"{endpoint.DisplayName} has no function name: end its line with Function(…) or a trigger.");
            yield return (name, endpoint.Metadata.GetMetadata<Trigger>() switch
            {
                QueueTrigger queue => [new { type = "queueTrigger", direction = "in", name = "message", queueName = queue.Queue, connection = "AzureWebJobsStorage" }],
                TimerTrigger timer => [new { type = "timerTrigger", direction = "in", name = "timer", schedule = timer.Schedule, useMonitor = true }],
                _ => Http(endpoint.RoutePattern.RawText!.Trim('/'), endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods),
            });
        }

        yield return (ApiTwin, Http("api/{*path}", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]));
    }

    private static object[] Http(string route, IEnumerable<string> methods) =>
    [
        // Authorization is the app's own: the host's default level would want a function key.
        new { type = "httpTrigger", direction = "in", name = "request", authLevel = "anonymous", methods = methods.Select(method => method.ToLowerInvariant()), route },
        new { type = "http", direction = "out", name = "response" },
    ];
}

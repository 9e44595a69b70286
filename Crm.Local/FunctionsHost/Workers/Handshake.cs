using System.Net.Sockets;
using Crm.Local.FunctionsHost.Rpc;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>What host and worker say to each other before the first call, in the order of the real host.</summary>
internal sealed class Handshake(FunctionApp app, AppSettings settings, HostLog log)
{
    private const string HostVersion = "4.1042.100.0";
    private const string HttpCapability = "HttpUri";
    private static readonly TimeSpan InitLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MetadataLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan HttpLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HttpInterval = TimeSpan.FromMilliseconds(5);

    public async Task<ReadyWorker> Run(WorkerChannel channel, CancellationToken ct)
    {
        var capabilities = await Initialize(channel, ct);
        var functions = await ReadFunctions(channel, ct);
        foreach (var disabled in new[] { false, true })
            await Task.WhenAll(functions.Where(function => function.IsDisabled == disabled).Select(function => Load(channel, function, ct)));
        var http = capabilities.TryGetValue(HttpCapability, out var uri) && uri.Length > 0 ? Loopback(new(uri)) : null;
        if (http is not null)
            await Listening(http, ct);
        return new(channel, functions, http, app.RoutePrefix);
    }

    private async Task<IDictionary<string, string>> Initialize(WorkerChannel channel, CancellationToken ct)
    {
        var request = new WorkerInitRequest { HostVersion = HostVersion, WorkerDirectory = app.Folder, FunctionAppDirectory = app.Folder };
        // The one thing the real host says of itself.
        request.Capabilities["MultiStream"] = "10";
        var answer = (await channel.Ask(new() { WorkerInitRequest = request }, InitLimit, ct)).WorkerInitResponse;
        Require(answer?.Result, "start");
        return answer!.Capabilities;
    }

    private async Task<IReadOnlyList<LoadedFunction>> ReadFunctions(WorkerChannel channel, CancellationToken ct)
    {
        var request = new FunctionsMetadataRequest { FunctionAppDirectory = app.Folder };
        var answer = (await channel.Ask(new() { FunctionsMetadataRequest = request }, MetadataLimit, ct)).FunctionMetadataResponse;
        Require(answer?.Result, "name its functions");
        // The order in which the real host tries their routes.
        return [.. answer!.FunctionMetadataResults.Select(metadata => LoadedFunction.Read(metadata, settings))
            .OrderBy(static function => function.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>A function that cannot be loaded fails alone.</summary>
    private async Task Load(WorkerChannel channel, LoadedFunction function, CancellationToken ct)
    {
        var answer = (await channel.Ask(new() { FunctionLoadRequest = function.LoadRequest() }, MetadataLimit, ct)).FunctionLoadResponse;
        if (answer?.Result?.Status != StatusResult.Types.Status.Success)
            function.Failure ??= answer?.Result?.Exception?.Message ?? "The worker could not load it.";
        if (function.Failure is not null)
            log.Warn($"{function.Name} cannot be called: {function.Failure}");
    }

    private static void Require(StatusResult? result, string what)
    {
        if (result?.Status != StatusResult.Types.Status.Success)
            throw new WorkerStartException($"The worker could not {what}: {result?.Exception?.Message ?? "it did not say why"}");
    }

    /// <summary>The worker names localhost, which is two addresses and a look-up at each connection.</summary>
    private static Uri Loopback(Uri uri) => uri.Host == "localhost" ? new UriBuilder(uri) { Host = "127.0.0.1" }.Uri : uri;

    /// <summary>The worker shakes hands before its own HTTP server listens; the first request would be refused.</summary>
    private static async Task Listening(Uri http, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(HttpLimit);
        while (true)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(http.Host, http.Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(HttpInterval, limit.Token);
            }
            catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
            {
                throw new WorkerStartException($"The worker does not listen at {http}.", late);
            }
        }
    }
}

using Azure.Storage.Queues;
using Crm.Local.FunctionsHost;

namespace Crm.Bench;

/// <summary>A published function app behind the local host, whose part this process plays.</summary>
public sealed class HostedApp : IAsyncDisposable
{
    private readonly LocalFunctionsHost _host;

    private HostedApp(LocalFunctionsHost host) => _host = host;

    /// <summary>What queue listeners and timers would talk to: there are none, since all such functions are turned off.</summary>
    public static QueueServiceClient NoQueues { get; } = new("UseDevelopmentStorage=true");

    public Target Target => new(_host.Address, () => Cpu.Of(_host.WorkerProcessId ?? 0), static () => Cpu.Of(Environment.ProcessId));

    public static FunctionsHostOptions Options(FunctionApp app) => new()
    {
        App = app,
        TimersRun = false,
        TimerFolder = Path.Combine(Stage.Folder, "timers"),
        LogFile = Stage.Log(Path.GetFileName(app.Folder)),
    };

    public static async Task<HostedApp> Start(FunctionApp app, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var host = await LocalFunctionsHost.Open(Options(app), ct);
        try
        {
            await host.Start(settings, NoQueues, ct);
            return new(host);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}

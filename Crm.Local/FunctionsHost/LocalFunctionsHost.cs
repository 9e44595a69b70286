using Azure.Storage.Queues;
using Crm.Local.FunctionsHost.Http;
using Crm.Local.FunctionsHost.Queues;
using Crm.Local.FunctionsHost.Timers;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Processes;
using Crm.Local.Services;
using TimeZoneConverter;

namespace Crm.Local.FunctionsHost;

/// <summary>The Azure Functions host's part, played locally: the worker and its calls, the HTTP front, queues and timers.</summary>
public sealed class LocalFunctionsHost : IAsyncDisposable
{
    private readonly FunctionsHostOptions _options;
    private readonly LogFile _file;
    private readonly HostLog _log;
    private readonly WorkerServer _server;
    private readonly WorkerSupervisor _worker;
    private readonly HttpFront _front;
    private readonly CancellationTokenSource _stopping = new();
    private IReadOnlyList<TimerListener> _timers = [];
    private Task _listening = Task.CompletedTask;

    private LocalFunctionsHost(FunctionsHostOptions options, LogFile file, HostLog log, WorkerServer server, WorkerSupervisor worker, HttpFront front)
    {
        _options = options;
        _file = file;
        _log = log;
        _server = server;
        _worker = worker;
        _front = front;
    }

    /// <summary>The public address.</summary>
    public Uri Address => _front.Address;

    /// <summary>The worker's process; null while there is none.</summary>
    public int? WorkerProcessId => _worker.ProcessId;

    public IReadOnlyList<TimerListener> Timers => _timers;

    /// <summary>Opens the public port; calls wait there until <see cref="Start"/> has brought the worker up.</summary>
    public static async Task<LocalFunctionsHost> Open(FunctionsHostOptions options, CancellationToken ct)
    {
        var file = new LogFile(options.LogFile);
        var log = new HostLog(file, options.Warn, options.ShowRequest);
        var worker = new WorkerSupervisor(options.Pauses, log);
        WorkerServer? server = null;
        try
        {
            server = await WorkerServer.Start(ct);
            return new(options, file, log, server, worker, await HttpFront.Start(options.Port, options.Cors, worker, log, options.Trace, ct));
        }
        catch
        {
            if (server is not null)
                await server.DisposeAsync();
            await worker.DisposeAsync();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Starts the worker, then queues and timers.</summary>
    /// <param name="values">The app's settings.</param>
    /// <param name="queues">The storage account's queues; their bodies are left as they are.</param>
    /// <param name="ct">Gives up starting.</param>
    public async Task Start(IReadOnlyDictionary<string, string> values, QueueServiceClient queues, CancellationToken ct)
    {
        var settings = new AppSettings(values);
        var zone = Zone(settings["WEBSITE_TIME_ZONE"]);
        await _worker.Start(new(_options.App, settings, _server, _options.Launch ?? (start => WorkerProcess.Start(_options.App, start)), _log), ct);

        var functions = (await Ready(ct)).Functions.Where(static function => !function.IsDisabled && function.Failure is null)
            .Select(static function => function.Function).ToList();
        var invoker = new FunctionInvoker(_worker);
        _timers = [.. functions.OfType<TimerFunction>().Select(timer => Timer(timer, invoker, zone)).OfType<TimerListener>()];
        var listeners = functions.OfType<QueueFunction>().Select(queue => new QueueListener(queue, _options.App.QueueSettings, queues, invoker, _log.Warn));
        var timers = _options.TimersRun ? _timers.Select(timer => timer.Run(_stopping.Token)) : [];
        _listening = Task.WhenAll([.. timers, .. listeners.Select(queue => queue.Run(_stopping.Token))]);
    }

    /// <summary>The running worker, once there is one.</summary>
    public ValueTask<ReadyWorker> Ready(CancellationToken ct) => _worker.Ready(ct);

    /// <summary>Fires a timer function now, or what one of them does, and returns how it went.</summary>
    public Task<InvocationResult> Fire(string name, CancellationToken ct) =>
        _timers.Named(name)?.Invoke(ct) ?? Task.FromResult(new InvocationResult(false, $"There is no timer {name}.", TimeSpan.Zero));

    /// <summary>What a platform does with a new instance before it sends requests there: calls the warm-up function, if there is one.</summary>
    public async Task<InvocationResult> WarmUp(CancellationToken ct) =>
        (await Ready(ct)).Functions.Select(static loaded => loaded.Function).OfType<WarmupFunction>().FirstOrDefault() is { } function
            ? await new FunctionInvoker(_worker).Invoke(function, new() { Json = "{}" }, [], ct)
            : new(false, "There is no warm-up function.", TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        // The callers first, then the called: what is under way gets its answer.
        await _stopping.CancelAsync();
        await _front.DisposeAsync();
        await _listening;
        await _worker.DisposeAsync();
        await _server.DisposeAsync();
        foreach (var timer in _timers)
            timer.Dispose();
        _file.Dispose();
        _stopping.Dispose();
    }

    private TimerListener? Timer(TimerFunction timer, FunctionInvoker invoker, TimeZoneInfo zone)
    {
        try
        {
            return new(timer, invoker, _options.Clock, zone, _options.TimerFolder, _log.Warn);
        }
        catch (FormatException error)
        {
            _log.Warn($"{timer.Name} will not be called: {error.Message}");
            return null;
        }
    }

    private static TimeZoneInfo Zone(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return TimeZoneInfo.Utc;
        return TZConvert.TryGetTimeZoneInfo(name, out var zone) ? zone : throw new StackException($"WEBSITE_TIME_ZONE names no time zone: \"{name}\".");
    }
}

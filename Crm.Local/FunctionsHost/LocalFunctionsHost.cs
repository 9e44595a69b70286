using Azure.Storage.Queues;
using Crm.Local.Processes;

namespace Crm.Local.FunctionsHost;

/// <summary>The Azure Functions host's part, played locally: the handler's process, its HTTP front, its queues and timers.</summary>
public sealed class LocalFunctionsHost : IAsyncDisposable
{
    private readonly FunctionApp _app;
    private readonly StackClock _clock;
    private readonly string _timerDirectory;
    private readonly LogFile _log;
    private readonly Action<string> _warn;
    private readonly CustomHandler _handler;
    private readonly HttpFront _front;
    private readonly CancellationTokenSource _stopping = new();
    private IReadOnlyList<TimerListener> _timers = [];
    private Task _listening = Task.CompletedTask;

    private LocalFunctionsHost(FunctionApp app, StackClock clock, string timerDirectory, LogFile log, Action<string> warn, CustomHandler handler, HttpFront front)
    {
        _app = app;
        _clock = clock;
        _timerDirectory = timerDirectory;
        _log = log;
        _warn = warn;
        _handler = handler;
        _front = front;
    }

    /// <summary>The public address.</summary>
    public Uri Address => _front.Address;

    public IReadOnlyList<TimerListener> Timers => _timers;

    /// <summary>Opens the public port; calls wait there until <see cref="StartAsync"/> has brought the handler up.</summary>
    public static async Task<LocalFunctionsHost> OpenAsync(
        FunctionApp app, int port, IReadOnlyList<string> cors, StackClock clock, string timerDirectory, string logFile, Action<string> warn, CancellationToken ct)
    {
        var log = new LogFile(logFile);
        var handler = new CustomHandler(app, log, warn);
        try
        {
            var front = await HttpFront.StartAsync(app, handler.Client, handler.Address, port, cors, ct);
            return new(app, clock, timerDirectory, log, warn, handler, front);
        }
        catch
        {
            await handler.DisposeAsync();
            log.Dispose();
            throw;
        }
    }

    /// <summary>Starts the handler, then queues and timers.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string> settings, QueueServiceClient queues, CancellationToken ct)
    {
        await _handler.StartAsync(settings, ct);
        var invoker = new FunctionInvoker(_handler.Client, _handler.Address, _app.Timeout);
        _timers = [.. _app.Timers.Select(timer => new TimerListener(timer, invoker, _clock, _timerDirectory, _warn))];
        var listeners = _app.Queues.Select(queue => new QueueListener(queue, _app.QueueSettings, queues, invoker, _warn));
        _listening = Task.WhenAll([.. _timers.Select(timer => timer.RunAsync(_stopping.Token)), .. listeners.Select(queue => queue.RunAsync(_stopping.Token))]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _front.DisposeAsync();
        await _listening;
        await _handler.DisposeAsync();
        foreach (var timer in _timers)
        {
            timer.Dispose();
        }

        _log.Dispose();
        _stopping.Dispose();
    }
}

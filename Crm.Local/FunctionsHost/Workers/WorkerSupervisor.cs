using Crm.Local.Services;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>Keeps one worker running: starts it, and starts another whenever it has ended. Calls made meanwhile wait.</summary>
public sealed class WorkerSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private readonly RestartPauses _pauses;
    private readonly HostLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<ReadyWorker> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadyWorker? _latest;
    private Task _supervision = Task.CompletedTask;

    internal WorkerSupervisor(RestartPauses pauses, HostLog log)
    {
        _pauses = pauses;
        _log = log;
    }

    /// <summary>The running worker's process; null while there is none.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>The worker to call: at once while it runs, else when it does; fails with <see cref="WorkerDownException"/> when none comes.</summary>
    public ValueTask<ReadyWorker> Ready(CancellationToken ct) =>
        Volatile.Read(ref _latest) is { Channel.Ended.IsCompleted: false } worker ? new(worker) : new(Wait(ct));

    /// <summary>Starts the first worker; fails when it does not come up.</summary>
    internal async Task Start(WorkerStarter starter, CancellationToken ct)
    {
        try
        {
            var started = await starter.Start(ct);
            Enter(started);
            _supervision = Supervise(starter, started);
        }
        catch (WorkerStartException error)
        {
            throw new StackException($"The function app did not start. {error.Message} Its last output:{Environment.NewLine}{_log.Tail}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        var stopped = new WorkerDownException("The host is stopping.");
        if (_first.TrySetException(stopped))
            _ = _first.Task.Exception;
        if (_latest?.Next is { } next && next.TrySetException(stopped))
            _ = next.Task.Exception;
        await _supervision;
        _stopping.Dispose();
    }

    private void Enter(StartedWorker started)
    {
        ProcessId = started.Worker.ProcessId;
        var previous = _latest;
        Volatile.Write(ref _latest, started.Ready);
        previous?.Next.TrySetResult(started.Ready);
        _first.TrySetResult(started.Ready);
    }

    private async Task<ReadyWorker> Wait(CancellationToken ct)
    {
        try
        {
            var worker = await _first.Task.WaitAsync(WaitLimit, ct);
            worker = Volatile.Read(ref _latest) ?? worker;
            while (worker.Channel.Ended.IsCompleted)
                worker = await worker.Next.Task.WaitAsync(WaitLimit, ct);
            return worker;
        }
        catch (TimeoutException late)
        {
            throw new WorkerDownException("The function app is not running and did not come back in time.", late);
        }
    }

    /// <summary>Until we stop. A worker that does not come up counts as one that died.</summary>
    private async Task Supervise(WorkerStarter starter, StartedWorker started)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            var begun = TimeProvider.System.GetTimestamp();
            await started.EndOrStop(_stopping.Token);
            if (_stopping.IsCancellationRequested)
            {
                await started.Stop();
                return;
            }

            _log.Warn($"The function app {await started.Discard()}; starting it again.");
            ProcessId = null;
            pause = _pauses.After(TimeProvider.System.GetElapsedTime(begun), pause);
            while (true)
            {
                try
                {
                    await Task.Delay(pause, _stopping.Token);
                    started = await starter.Start(_stopping.Token);
                    Enter(started);
                    break;
                }
                catch (WorkerStartException error)
                {
                    _log.Warn($"The function app did not come up: {error.Message} Trying again.");
                    pause = _pauses.After(TimeSpan.Zero, pause);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}

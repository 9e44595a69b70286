using System.Collections.Concurrent;

namespace Crm.Functions.Timers;

/// <summary>Work under way: a few at once, none beside itself. One that fails is logged and stops no other.</summary>
internal sealed class TimerRuns(IServiceScopeFactory scopes, TimeProvider clock, ILogger logger, CancellationToken ct) : IDisposable
{
    /// <summary>One less than there are connections for what is about no one organisation (<c>DbLogin.Jobs</c>): the next claim needs one too.</summary>
    private const int MostAtOnce = 3;

    private readonly SemaphoreSlim _room = new(MostAtOnce);
    private readonly Dictionary<TimedWork, Task> _runs = [];
    private readonly ConcurrentQueue<string> _done = new();
    private readonly ConcurrentQueue<Exception> _failed = new();

    public bool Includes(TimedWork work) => _runs.TryGetValue(work, out var run) && !run.IsCompleted;

    public void Begin(TimedWork work) => _runs[work] = Do(work);

    /// <summary>Waits for all of it, but no longer than this; says whether all has come to its end.</summary>
    public async Task<bool> EndWithin(TimeSpan time)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var all = Task.WhenAll(_runs.Values);
        await Task.WhenAny(all, Task.Delay(time, clock, enough.Token));
        await enough.CancelAsync();
        return all.IsCompleted;
    }

    /// <summary>Waits for all of it; fails when some of it did, so that the host and its alerts know.</summary>
    public async Task End()
    {
        await Task.WhenAll(_runs.Values);
        if (!_done.IsEmpty)
            logger.LogInformation(RunTimers.Line, string.Join(", ", _done));
        if (!_failed.IsEmpty)
            throw new AggregateException("Timed work failed.", _failed);
    }

    public void Dispose() => _room.Dispose();

    private async Task Do(TimedWork work)
    {
        await _room.WaitAsync(ct);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await work.Do(scope.ServiceProvider, ct);
            _done.Enqueue(work.Name);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            logger.LogError(exception, "The timed work {Work} failed", work.Name);
            _failed.Enqueue(new InvalidOperationException($"{work.Name}: {exception.Message}", exception));
        }
        finally
        {
            _room.Release();
        }
    }
}

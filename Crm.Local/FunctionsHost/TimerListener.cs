using Crm.Local.Services;
using NCrontab;

namespace Crm.Local.FunctionsHost;

/// <summary>Fires a timer function on its schedule, never twice at a time, and once at start for occurrences missed while the stack was stopped.</summary>
public sealed class TimerListener : IDisposable
{
    // The host keeps no status for timers this frequent: the next occurrence is never far.
    private static readonly TimeSpan ShortestMonitored = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly TimerFunction _function;
    private readonly FunctionInvoker _invoker;
    private readonly StackClock _clock;
    private readonly CrontabSchedule _schedule;
    private readonly string? _statusFile;
    private readonly Action<string>? _warn;
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public TimerListener(TimerFunction function, FunctionInvoker invoker, StackClock clock, string statusDirectory, Action<string>? warn = null)
    {
        _function = function;
        _invoker = invoker;
        _clock = clock;
        _warn = warn;
        _schedule = CrontabSchedule.TryParse(function.Schedule, new CrontabSchedule.ParseOptions { IncludingSeconds = true })
            ?? throw new StackException($"{function.Name}/function.json: \"{function.Schedule}\" is not an NCRONTAB schedule of six fields.");
        _statusFile = function.UseMonitor && Interval() >= ShortestMonitored ? Path.Combine(statusDirectory, $"{function.Name}.json") : null;
    }

    public string Name => _function.Name;

    /// <summary>Runs until cancelled, then lets a running invocation end for a few seconds.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var abort = new CancellationTokenSource();
        await using var drain = ct.Register(() => abort.CancelAfter(DrainLimit));
        try
        {
            if (ReadStatus() is { } status && status.Next <= _clock.GetUtcNow())
            {
                await FireAsync(isPastDue: true, abort.Token);
            }
            else if (_function.RunOnStartup)
            {
                await FireAsync(isPastDue: false, abort.Token);
            }

            while (true)
            {
                var next = NextAfter(_clock.GetUtcNow());
                await NoteNextAsync(next, ct);
                await _clock.WaitUntilAsync(next, ct);
                await FireAsync(isPastDue: false, abort.Token);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Fires the timer now, after a run that is under way, and answers when the function has.</summary>
    public Task<InvocationResult> FireAsync(CancellationToken ct) => FireAsync(isPastDue: false, ct);

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<InvocationResult> FireAsync(bool isPastDue, CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            var now = _clock.GetUtcNow();
            var result = await _invoker.InvokeAsync(_function.Name, InvocationPayload.ForTimer(_function, ReadStatus(), isPastDue, now), ct);
            if (_statusFile is not null)
            {
                new TimerStatus(now, now, NextAfter(now)).Write(_statusFile);
            }

            if (!result.Succeeded)
            {
                _warn?.Invoke($"{_function.Name} failed: {result.Status} {result.Answer}");
            }

            return result;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private TimerStatus? ReadStatus() => _statusFile is null ? null : TimerStatus.Read(_statusFile);

    /// <summary>Notes the next occurrence of a timer that has not fired yet, too: it could be missed.</summary>
    private async Task NoteNextAsync(DateTimeOffset next, CancellationToken ct)
    {
        if (_statusFile is null)
        {
            return;
        }

        await _oneAtATime.WaitAsync(ct);
        try
        {
            new TimerStatus(ReadStatus()?.Last ?? default, _clock.GetUtcNow(), next).Write(_statusFile);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private DateTimeOffset NextAfter(DateTimeOffset time) => new(_schedule.GetNextOccurrence(time.UtcDateTime), TimeSpan.Zero);

    private TimeSpan Interval()
    {
        var next = NextAfter(_clock.GetUtcNow());
        return NextAfter(next) - next;
    }
}

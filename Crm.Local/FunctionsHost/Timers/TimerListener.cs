using Crm.Local.FunctionsHost.Workers;

namespace Crm.Local.FunctionsHost.Timers;

/// <summary>Fires a timer function on its schedule, never twice at a time, and once at start for occurrences missed while the stack was stopped.</summary>
public sealed class TimerListener : IDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly TimerFunction _function;
    private readonly FunctionInvoker _invoker;
    private readonly StackClock _clock;
    private readonly TimerSchedule _schedule;
    private readonly string? _statusFile;
    private readonly Action<string> _warn;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private TimerStatus? _status;

    /// <exception cref="FormatException">The function's schedule is none.</exception>
    public TimerListener(TimerFunction function, FunctionInvoker invoker, StackClock clock, TimeZoneInfo zone, string statusFolder, Action<string> warn)
    {
        _function = function;
        _invoker = invoker;
        _clock = clock;
        _warn = warn;
        _schedule = new(function.Schedule, zone);
        _statusFile = function.UseMonitor && _schedule.IsMonitored(clock.GetUtcNow()) ? Path.Combine(statusFolder, $"{function.Name}.json") : null;
    }

    public string Name => _function.Name;

    /// <summary>Runs until cancelled; a running function is then told to end and gets some seconds for it.</summary>
    public async Task Run(CancellationToken ct)
    {
        try
        {
            var status = Status();
            if (_statusFile is not null && status.Next < _clock.GetUtcNow())
                await Fire(isPastDue: true, planned: null, ct);
            else if (_function.RunOnStartup)
                await Fire(isPastDue: false, planned: null, ct);
            while (true)
            {
                var next = Status().Next;
                await _clock.WaitUntil(next, ct);
                await Fire(isPastDue: false, next, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Fires the timer now, after a run that is under way, and answers when the function has.</summary>
    public Task<InvocationResult> Fire(CancellationToken ct) => Fire(isPastDue: false, planned: null, ct);

    /// <summary>Has the function do one of its works now, by its name: beside whatever it is at, for this is no occurrence of the timer.</summary>
    public async Task<InvocationResult> Fire(string work, CancellationToken ct)
    {
        var result = await Invoke(TimerPayload.Input(null, isPastDue: false, work), _schedule.Local(_clock.GetUtcNow()), ct);
        if (!result.Succeeded)
            _warn($"{work} failed: {result.Error}");
        return result;
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<InvocationResult> Fire(bool isPastDue, DateTimeOffset? planned, CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            var now = _schedule.Local(_clock.GetUtcNow());
            var before = _statusFile is null ? null : Status();
            var result = await Invoke(TimerPayload.Input(before, isPastDue), now, ct);
            // A timer may fire a little early; the same occurrence must not come twice.
            Note(planned > now ? planned.Value : now);
            if (!result.Succeeded)
                _warn($"{_function.Name} failed: {result.Error}");
            return result;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<InvocationResult> Invoke(Rpc.TypedData input, DateTimeOffset now, CancellationToken ct)
    {
        using var abandon = new CancellationTokenSource();
        await using var drain = ct.Register(() => abandon.CancelAfter(DrainLimit));
        try
        {
            return await _invoker.Invoke(_function, input, TimerPayload.Metadata(now), ct).WaitAsync(abandon.Token);
        }
        catch (WorkerDownException error)
        {
            ct.ThrowIfCancellationRequested();
            return new(false, error.Message, TimeSpan.Zero);
        }
    }

    private TimerStatus Status() => _status ??= Keep(Known() ?? new(default, Now(), _schedule.NextAfter(_clock.GetUtcNow())));

    /// <summary>What a former run noted. If the schedule has changed since, what was due then is not due now.</summary>
    private TimerStatus? Known()
    {
        if (_statusFile is null || TimerStatus.Read(_statusFile) is not { } status)
            return null;
        var expected = _schedule.NextAfter(status.Last != default ? status.Last : status.LastUpdated);
        return status.Next == expected ? status : expected > _clock.GetUtcNow() ? new(default, status.LastUpdated, expected) : null;
    }

    private void Note(DateTimeOffset called) => Keep(new(called, called, _schedule.NextAfter(called)));

    private TimerStatus Keep(TimerStatus status)
    {
        if (_statusFile is not null)
            status.Write(_statusFile);
        return _status = status;
    }

    private DateTimeOffset Now() => _schedule.Local(_clock.GetUtcNow());
}

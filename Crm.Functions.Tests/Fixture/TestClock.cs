using System.Collections.Concurrent;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The system's clock, moved forward by what a test asks for.</summary>
public sealed class TestClock : TimeProvider
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<HeldTimer> _held = new();
    private long _offset;
    private long _looks;
    private volatile bool _holds;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _offset, time.Ticks);

    /// <summary>From now on timers fire when a test says so, and whoever looks at the stopwatch finds that 100 ms have gone by since the last look.</summary>
    public void Hold(bool holds = true) => _holds = holds;

    /// <summary>Waits for somebody who waits; returns for how long, and how to let them go.</summary>
    public async Task<HeldTimer> NextHeld(CancellationToken ct)
    {
        while (true)
        {
            if (_held.TryDequeue(out var timer))
                return timer;
            await Task.Delay(10, ct);
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _holds ? Interlocked.Increment(ref _looks) * Look.Ticks : System.GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (!_holds)
            return base.CreateTimer(callback, state, dueTime, period);
        var timer = new HeldTimer(dueTime, () => callback(state));
        _held.Enqueue(timer);
        return timer;
    }
}

/// <summary>A timer that fires when a test says so.</summary>
public sealed record HeldTimer(TimeSpan Due, Action Fire) : ITimer
{
    public bool Change(TimeSpan dueTime, TimeSpan period) => true;

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

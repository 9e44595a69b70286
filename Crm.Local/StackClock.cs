using System.Globalization;

namespace Crm.Local;

/// <summary>
/// The stack's time: the system's plus an offset that can only grow. The offset is shared with the function app through a file of whole seconds, and survives
/// a restart because the data made in the meantime does.
/// </summary>
public sealed class StackClock : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private readonly string? _file;
    private long _offsetSeconds;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Without a file the offset is kept in memory.</summary>
    public StackClock(string? file = null)
    {
        _file = file;
        if (file is not null && File.Exists(file))
            _ = long.TryParse(File.ReadAllText(file), NumberStyles.Integer, CultureInfo.InvariantCulture, out _offsetSeconds);
    }

    public long OffsetSeconds => Interlocked.Read(ref _offsetSeconds);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddSeconds(OffsetSeconds);

    public long Advance(long seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        lock (_lock)
        {
            _offsetSeconds += seconds;
            Save();
            _moved.SetResult();
            _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _offsetSeconds;
        }
    }

    /// <summary>Waits until this clock shows <paramref name="time"/>, which moving the clock may bring about at once.</summary>
    public async Task WaitUntil(DateTimeOffset time, CancellationToken ct)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
                moved = _moved.Task;

            var left = time - GetUtcNow();
            if (left <= TimeSpan.Zero)
                return;

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(moved, Task.Delay(left < LongestWait ? left : LongestWait, waiting.Token));
            await waiting.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Written beside and moved into place: the app may read at any moment.</summary>
    private void Save()
    {
        if (_file is null)
            return;

        File.WriteAllText(_file + ".new", _offsetSeconds.ToString(CultureInfo.InvariantCulture));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}

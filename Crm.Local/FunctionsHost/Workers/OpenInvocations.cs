using System.Collections.Concurrent;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>The calls a worker is busy with, and the watch over how long they take.</summary>
internal sealed class OpenInvocations(TimeSpan timeout)
{
    /// <summary>How long a function may take to heed its cancellation.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, Invocation> _open = new(StringComparer.Ordinal);

    public void Add(Invocation invocation) => _open[invocation.Id] = invocation;

    public Invocation? Remove(string id) => _open.TryRemove(id, out var invocation) ? invocation : null;

    public void FailAll(string error)
    {
        foreach (var id in _open.Keys)
            Remove(id)?.Fail(error);
    }

    /// <summary>
    /// Looks at all of them now and then, so that no call needs a timer of its own. Returns when a function neither ended in time nor heeded its cancellation:
    /// its worker is beyond help.
    /// </summary>
    public async Task Watch(Action<Invocation> cancel, CancellationToken ct)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            await Task.Delay(timeout, ct);
        using var timer = new PeriodicTimer(timeout / 4 < LongestLook ? timeout / 4 : LongestLook);
        while (await timer.WaitForNextTickAsync(ct))
        {
            foreach (var invocation in _open.Values.Where(invocation => invocation.Age > timeout))
            {
                cancel(invocation);
                if (invocation.Age <= timeout + Grace)
                    continue;
                Remove(invocation.Id)?.Fail($"The function did not end within {timeout}.");
                return;
            }
        }
    }
}

namespace Crm.Local.Providers;

/// <summary>
/// What a vendor has yet to tell the app: told when it is due, again with growing pauses while the app does not take it, as the vendors do. Several may be
/// told in one call. Others do not wait for one that fails. With a file nothing is forgotten when the stack stops.
/// </summary>
internal sealed class CallbackQueue : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Callback, DateTimeOffset> _waiting = new();
    private readonly SemaphoreSlim _added = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly StackClock _clock;
    private readonly int _mostEvents;
    private readonly Func<IReadOnlyList<Callback>, CancellationToken, Task<bool>> _tell;
    private readonly CallbackFile? _file;
    private readonly Task _telling;
    private int _pending;

    /// <param name="clock">What the callbacks wait by.</param>
    /// <param name="mostEvents">How many events one call may carry.</param>
    /// <param name="tell">Makes the call; true when the app took it.</param>
    /// <param name="file">Null keeps them in memory.</param>
    /// <param name="ledger">Of what an earlier run left, only what is about an accepted message is told.</param>
    public CallbackQueue(
        StackClock clock, int mostEvents, Func<IReadOnlyList<Callback>, CancellationToken, Task<bool>> tell, string? file, Ledger ledger)
    {
        _clock = clock;
        _mostEvents = mostEvents;
        _tell = tell;
        if (file is not null)
        {
            _file = new(file, callback => callback.MessageIds.All(ledger.Knows), out var left);
            Enqueue(left);
        }

        _telling = Task.Run(Run);
    }

    /// <summary>How many are not told yet.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public void Add(IReadOnlyList<Callback> callbacks)
    {
        lock (_lock)
            _file?.Add(callbacks);
        Enqueue(callbacks);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _file?.Dispose();
        _stop.Dispose();
        _added.Dispose();
    }

    private void Enqueue(IReadOnlyList<Callback> callbacks)
    {
        if (callbacks.Count == 0)
            return;
        Interlocked.Add(ref _pending, callbacks.Count);
        Put(callbacks);
    }

    private void Put(IReadOnlyList<Callback> callbacks)
    {
        lock (_lock)
            _waiting.EnqueueRange(callbacks.Select(callback => (callback, callback.Due)));
        _added.Release();
    }

    private async Task Run()
    {
        while (true)
        {
            var batch = await NextBatch();
            if (await _tell(batch, _stop.Token))
                Settle(batch);
            else
                Postpone(batch);
        }
    }

    private async Task<IReadOnlyList<Callback>> NextBatch()
    {
        while (true)
        {
            DateTimeOffset next;
            lock (_lock)
            {
                if (TakeDue() is { Count: > 0 } due)
                    return due;
                next = _waiting.TryPeek(out _, out var time) ? time : DateTimeOffset.MaxValue;
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAny(_added.WaitAsync(either.Token), _clock.WaitUntil(next, either.Token));
            await either.CancelAsync();
            _stop.Token.ThrowIfCancellationRequested();
        }
    }

    private List<Callback> TakeDue()
    {
        var now = _clock.GetUtcNow();
        var due = new List<Callback>();
        var events = 0;
        while (_waiting.TryPeek(out var next, out var time) && time <= now && (due.Count == 0 || TravelsWith(due[0], next)))
        {
            events += next.Events.Count;
            due.Add(_waiting.Dequeue());
        }

        return due;

        bool TravelsWith(Callback first, Callback next) => first.Url is null && next.Url is null && events + next.Events.Count <= _mostEvents;
    }

    private void Settle(IReadOnlyList<Callback> callbacks)
    {
        lock (_lock)
            _file?.Done(callbacks);
        Interlocked.Add(ref _pending, -callbacks.Count);
    }

    private void Postpone(IReadOnlyList<Callback> callbacks)
    {
        var now = _clock.GetUtcNow();
        Settle([.. callbacks.Where(callback => callback.IsGivenUp)]);
        Put([.. callbacks.Where(callback => !callback.IsGivenUp).Select(callback => callback.Again(now))]);
    }
}

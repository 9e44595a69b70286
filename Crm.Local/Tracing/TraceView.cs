namespace Crm.Local.Tracing;

/// <summary>
/// Shows each request as a tree, once nothing more has come of it for a second and nothing has begun that did not end. What follows it later, in queues, is
/// shown when it comes. What no request began (timers) is not shown.
/// </summary>
internal sealed class TraceView : IAsyncDisposable
{
    /// <summary>The source of the host's own spans.</summary>
    public const string Host = "host";

    private const string Invocations = "Microsoft.Azure.Functions.Worker";
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>For what never ends: its process died.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Requests that are remembered for what may follow them.</summary>
    private const int MostRequests = 1000;

    private readonly Action<string> _show;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Request, HashSet<string> Spans)> _shown = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Timer _timer;
    private OtlpReceiver? _receiver;

    private TraceView(Action<string> show)
    {
        _show = show;
        _timer = new(_ => Show(), null, Interval, Interval);
    }

    public static async Task<TraceView> Start(Action<string> show, CancellationToken ct)
    {
        var view = new TraceView(show);
        view._receiver = await OtlpReceiver.Start(view.Take, ct);
        return view;
    }

    /// <summary>An app's settings with which its spans come here.</summary>
    public IReadOnlyDictionary<string, string> Export(IReadOnlyDictionary<string, string> settings) => _receiver!.Export(settings);

    public void Add(FinishedSpan span)
    {
        lock (_lock)
        {
            if (!_pending.TryGetValue(span.TraceId, out var trace))
                _pending[span.TraceId] = trace = new();
            trace.Spans.Add(span);
            trace.LastAt = TimeProvider.System.GetTimestamp();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        if (_receiver is not null)
            await _receiver.DisposeAsync();
    }

    private void Take(string path, byte[] body)
    {
        if (path != OtlpReceiver.Traces)
            return;
        foreach (var span in FinishedSpan.Read(body))
            Add(span);
    }

    private void Show()
    {
        lock (_lock)
        {
            foreach (var (id, trace) in _pending.Where(trace => IsDone(trace.Key, trace.Value)).ToArray())
            {
                _pending.Remove(id);
                Show(id, trace.Spans);
            }
        }
    }

    // A span comes when it has ended, after its parts: one whose parts are here and who is not has not ended.
    private bool IsDone(string id, Pending trace)
    {
        var quiet = TimeProvider.System.GetElapsedTime(trace.LastAt);
        if (quiet <= Quiet || quiet > LongestWait)
            return quiet > Quiet;
        var known = trace.Spans.Select(span => span.Id).ToHashSet(StringComparer.Ordinal);
        if (_shown.TryGetValue(id, out var before))
            known.UnionWith(before.Spans);
        return trace.Spans.TrueForAll(span => span.Source == Host || known.Contains(span.ParentId));
    }

    private void Show(string id, List<FinishedSpan> spans)
    {
        var lines = SpanTree.Lines(spans.ConvertAll(Shortened));
        if (spans.Find(span => span.Source == Host) is { } request)
            Remember(id, request.Name);
        else if (_shown.TryGetValue(id, out var before))
            lines = lines.Prepend($"… {before.Request}");
        else
            return;
        _show(string.Join(Environment.NewLine, lines));
        _shown[id].Spans.UnionWith(spans.Select(span => span.Id));
    }

    // A function is called by its name here, which the line above it does not say.
    private static FinishedSpan Shortened(FinishedSpan span) =>
        span.Source == Invocations && span.Attributes.TryGetValue("faas.name", out var function) ? span with { Name = function } : span;

    private void Remember(string id, string name)
    {
        if (_shown.TryAdd(id, (name, new(StringComparer.Ordinal))))
            _order.Enqueue(id);
        if (_order.Count > MostRequests)
            _shown.Remove(_order.Dequeue());
    }

    private sealed class Pending
    {
        public List<FinishedSpan> Spans { get; } = [];

        public long LastAt { get; set; }
    }
}

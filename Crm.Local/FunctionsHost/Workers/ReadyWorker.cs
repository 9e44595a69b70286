using Crm.Local.FunctionsHost.Http;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>A worker that has told its functions and takes calls.</summary>
public sealed class ReadyWorker
{
    private readonly Dictionary<string, LoadedFunction> _functions;
    private readonly Lazy<FunctionRouter> _router;

    internal ReadyWorker(WorkerChannel channel, IReadOnlyList<LoadedFunction> functions, Uri? http, string routePrefix)
    {
        Channel = channel;
        HttpPrefix = http?.ToString() ?? "";
        _functions = functions.ToDictionary(static function => function.Name, StringComparer.OrdinalIgnoreCase);
        _router = new(() => new(routePrefix, functions));
    }

    public WorkerChannel Channel { get; }

    /// <summary>How long after its start it called the host.</summary>
    public TimeSpan DialledAfter { get; internal set; }

    /// <summary>Where it takes the requests themselves; empty when it has no web server.</summary>
    public string HttpPrefix { get; }

    public IReadOnlyCollection<LoadedFunction> Functions => _functions.Values;

    internal FunctionRouter Router => _router.Value;

    /// <summary>The worker that came after this one.</summary>
    internal TaskCompletionSource<ReadyWorker> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LoadedFunction? Find(string name) => _functions.GetValueOrDefault(name);
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.Shared;

/// <summary>
/// What the app tells of itself besides what its libraries tell: spans and metrics, which cost next to nothing while nobody listens. No person is in any of
/// them: names of providers, queues and states only. See docs/operations.md, "Traces and metrics".
/// </summary>
public static class Telemetry
{
    /// <summary>The name of the source of spans, and of the meter.</summary>
    public const string Name = "Crm";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    /// <summary>How long calls to providers took: by crm.provider, crm.operation and crm.outcome.</summary>
    public static readonly Histogram<double> ProviderCalls = Seconds(
        "crm.provider.call.duration", "How long a call to a provider took.", [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);

    /// <summary>How long messages had waited when their handling began: by faas.name, the function.</summary>
    public static readonly Histogram<double> QueueLag = Seconds(
        "crm.queue.lag", "From a message's arrival in its queue to its handling.", [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600]);

    /// <summary>Calls that the send ledger took into a state: by crm.state.</summary>
    public static readonly Counter<long> LedgerCalls = Meter.CreateCounter<long>(
        "crm.send_ledger.calls", "{call}", "Calls to vendors that came into a state of the send ledger.");

    private static Histogram<double> Seconds(string name, string description, double[] boundaries) =>
        Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
}

namespace Crm.Local.FunctionsHost;

/// <summary>A function called over HTTP. No methods means every method.</summary>
public sealed record HttpFunction(string Name, string Route, IReadOnlyList<string> Methods);

/// <summary>A function called for each message of a queue; <see cref="Binding"/> names the message in the payload.</summary>
public sealed record QueueFunction(string Name, string Binding, string Queue);

/// <summary>A function called on a six-field NCRONTAB schedule, in UTC.</summary>
public sealed record TimerFunction(string Name, string Binding, string Schedule, bool RunOnStartup, bool UseMonitor);

/// <summary>host.json's extensions.queues, with the real host's defaults.</summary>
public sealed record QueueSettings
{
    public int BatchSize { get; init; } = 16;
    public int? NewBatchThreshold { get; init; }
    public int MaxDequeueCount { get; init; } = 5;
    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message stays hidden after an invocation failed.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;
}

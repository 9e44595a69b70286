namespace Crm.Local.FunctionsHost;

/// <summary>A function and what calls it; <see cref="Binding"/> is the name of the parameter that gets it.</summary>
public abstract record Function(string Name, string Binding);

/// <summary>A function called over HTTP. No methods means every method.</summary>
public sealed record HttpFunction(string Name, string Binding, string Route, IReadOnlyList<string> Methods) : Function(Name, Binding);

/// <summary>A function called for each message of a queue. One that wants the message itself, and not only its text, gets it <see cref="Whole"/>.</summary>
public sealed record QueueFunction(string Name, string Binding, string Queue, bool Whole = false) : Function(Name, Binding);

/// <summary>A function called on a schedule: NCRONTAB of five or six fields, or a time span.</summary>
public sealed record TimerFunction(string Name, string Binding, string Schedule, bool RunOnStartup, bool UseMonitor) : Function(Name, Binding);

/// <summary>The function that a new instance is warmed up with, before it gets requests.</summary>
public sealed record WarmupFunction(string Name, string Binding) : Function(Name, Binding);

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

using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Tracing;

namespace Crm.Local.FunctionsHost;

/// <summary>How a local Functions host is to run.</summary>
public sealed record FunctionsHostOptions
{
    public required FunctionApp App { get; init; }

    /// <summary>The public port; 0 picks a free one.</summary>
    public int Port { get; init; }

    /// <summary>Allowed origins; none turns CORS off.</summary>
    public IReadOnlyList<string> Cors { get; init; } = [];

    public StackClock Clock { get; init; } = new();

    /// <summary>The folder where timers keep their status.</summary>
    public required string TimerFolder { get; init; }

    /// <summary>Off, timers fire only by hand.</summary>
    public bool TimersRun { get; init; } = true;

    public required string LogFile { get; init; }

    /// <summary>Shows a problem.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Shows each request; null when nobody wants to see them.</summary>
    public Action<string>? ShowRequest { get; init; }

    /// <summary>Is told each request's own span; null when nobody wants to see traces. The functions' spans come from the worker.</summary>
    public Action<FinishedSpan>? Trace { get; init; }

    public RestartPauses Pauses { get; init; } = RestartPauses.Usual;

    /// <summary>Starts a worker in another way than as a process of its own.</summary>
    public WorkerLauncher? Launch { get; init; }
}

using Crm.Local.FunctionsHost.Workers;

namespace Crm.Local.FunctionsHost.Timers;

/// <summary>Fires by hand, by name.</summary>
public static class NamedTimers
{
    /// <summary>The function that does all the work of the app that is done again and again; told by name, it does one of them alone.</summary>
    private const string DoesAllWork = "RunTimers";

    /// <summary>How to fire a timer function, or what one of them does; it answers when that has been done. Null when there is nothing of this name.</summary>
    public static Func<CancellationToken, Task<InvocationResult>>? Named(this IReadOnlyList<TimerListener> timers, string? name) =>
        string.IsNullOrEmpty(name) ? null
        : timers.Of(name) is { } timer ? timer.Fire
        : timers.Of(DoesAllWork) is { } all ? ct => all.Fire(name, ct)
        : null;

    private static TimerListener? Of(this IReadOnlyList<TimerListener> timers, string name) =>
        timers.FirstOrDefault(timer => timer.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

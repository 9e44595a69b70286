using System.ComponentModel.DataAnnotations;

namespace Crm.Local.Providers;

/// <summary>
/// How a vendor shall misbehave: answer <see cref="Status"/> (none: answer normally) after <see cref="LatencyMs"/>, for the
/// next <see cref="Count"/> calls (none: until further notice), and of those only for the share <see cref="Rate"/> (none: all).
/// With <see cref="AnswerLost"/> it accepts the call first, and then answers so or, without a status, cuts the connection: the caller cannot know.
/// </summary>
public sealed record Fault
{
    [Required, AllowedValues("sendgrid", "twilio", "stripe", "s3")]
    public string Provider { get; init; } = "";

    [Range(400, 599)]
    public int? Status { get; init; }

    [Range(0d, 1d)]
    public double? Rate { get; init; }

    [Range(0, 600_000)]
    public int? LatencyMs { get; init; }

    [Range(1, int.MaxValue)]
    public int? Count { get; init; }

    public bool AnswerLost { get; init; }
}

/// <summary>The faults in force, at most one a vendor; a new one replaces the old.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Fault> _faults = [];

    public void Set(Fault fault)
    {
        lock (_lock)
            _faults[fault.Provider] = fault;
    }

    public void Clear()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>
    /// Called by a vendor before it accepts a call: waits the latency out and returns the fault that hits it, if any.
    /// Throws when the caller has gone away by then, so that a call of a killed process leaves nothing behind.
    /// </summary>
    public async Task<Fault?> Apply(string provider, CancellationToken callerGone)
    {
        var fault = Take(provider);
        await Task.Delay(fault?.LatencyMs ?? 0, callerGone);
        callerGone.ThrowIfCancellationRequested();
        return fault;
    }

    /// <summary>Answers as the fault says in place of the vendor's own answer; true when there is nothing more to say.</summary>
    public static bool Breaks(Fault? fault, HttpContext context)
    {
        if (fault is not { AnswerLost: true })
            return false;
        if (fault.Status is { } status)
            context.Response.StatusCode = status;
        else
            context.Abort();
        return true;
    }

    private Fault? Take(string provider)
    {
        lock (_lock)
        {
            if (!_faults.TryGetValue(provider, out var fault) || Random.Shared.NextDouble() >= (fault.Rate ?? 1))
                return null;

            if (fault.Count is { } count)
            {
                if (count > 1)
                {
                    _faults[provider] = fault with { Count = count - 1 };
                }
                else
                {
                    _faults.Remove(provider);
                }
            }

            return fault;
        }
    }
}

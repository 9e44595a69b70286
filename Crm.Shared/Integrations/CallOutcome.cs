namespace Crm.Shared.Integrations;

public enum CallResult
{
    /// <summary>The vendor took all of it.</summary>
    Accepted,

    /// <summary>The vendor took nothing, and never will as it is.</summary>
    Refused,

    /// <summary>The vendor took nothing: it was too much at a time.</summary>
    Throttled,

    /// <summary>Nothing was taken: the vendor is down, does not know us, or was not reached.</summary>
    Unavailable,

    /// <summary>The call went out and no answer came: it may have been taken.</summary>
    Unknown,
}

/// <summary>What became of a call to a vendor that sends messages.</summary>
/// <param name="Result">Whether it took them.</param>
/// <param name="ProviderId">What the vendor calls it.</param>
/// <param name="Error">Why it did not, as it is shown.</param>
public sealed record CallOutcome(CallResult Result, string? ProviderId = null, string? Error = null)
{
    /// <summary>How long to wait before the next call, where the vendor says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of a refusal: which of the call's recipients it is about, from 0; null when it is about all of them or the vendor does not say.</summary>
    public int? Recipient { get; init; }

    /// <summary>Of a refusal: that the recipient wants nothing more, as suppressions call it.</summary>
    public string? Suppression { get; init; }
}

namespace Crm.Functions.Sending;

/// <summary>What became of the calls of one claim.</summary>
public sealed class CallTally
{
    /// <summary>Recipients whose mail the vendor took.</summary>
    public int Sent { get; set; }

    /// <summary>Recipients who will not get it.</summary>
    public int Failed { get; set; }

    /// <summary>Those of whom no call could be made.</summary>
    public int Unmade { get; set; }

    /// <summary>Refusals in a row of which no recipient was the reason.</summary>
    public int RefusedInARow { get; set; }

    public string? LastError { get; set; }

    /// <summary>When the vendor may be called again: it is down, or it was too much. What is left of the claim is not called.</summary>
    public DateTimeOffset? NotBefore { get; set; }
}

namespace Crm.Functions.Sending;

/// <summary>What became of a message. Each proves that the vendor took it.</summary>
public enum DeliveryEventKind
{
    /// <summary>The vendor took it.</summary>
    Accepted,

    /// <summary>It waits at the vendor for the recipient's server.</summary>
    Deferred,
    Delivered,

    /// <summary>Opened, perhaps by a machine: a scanner, a proxy that fetches pictures.</summary>
    Opened,
    HumanOpened,
    Clicked,
    HumanClicked,

    /// <summary>It came back, as everything to this address will.</summary>
    Bounced,

    /// <summary>It came back, this time.</summary>
    Blocked,

    /// <summary>The vendor took it, and then did not send it.</summary>
    Dropped,
    Complained,
    Unsubscribed,
}

/// <summary>Something a vendor or a tracked link tells of a message.</summary>
/// <param name="DeliveryId">The message.</param>
/// <param name="Kind">What happened.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Of what failed: why.</param>
/// <param name="ProviderId">The vendor's id of the message.</param>
/// <param name="Suppresses">Of what failed because the vendor writes to the address no more: why, where the kind does not say it.</param>
public sealed record DeliveryEvent(
    Guid DeliveryId, DeliveryEventKind Kind, DateTimeOffset At, string? Reason = null, string? ProviderId = null, string? Suppresses = null)
{
    /// <summary>The call it went out with, where the event says so: a message that was released and called again had an earlier one.</summary>
    public Guid? CallId { get; init; }

    /// <summary>Why nothing more is sent to the address; null when more may be.</summary>
    public string? Suppression => Suppresses ?? Kind switch
    {
        DeliveryEventKind.Bounced => "bounced",
        DeliveryEventKind.Complained => "complained",
        DeliveryEventKind.Unsubscribed => "unsubscribed",
        _ => null,
    };
}

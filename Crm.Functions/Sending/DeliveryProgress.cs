namespace Crm.Functions.Sending;

/// <summary>
/// What events tell of one message, together: of each step the earliest time. So neither their order nor their number matters. A later step
/// implies the earlier ones, as far as the earlier ones are counted by: who clicked has opened, and what was opened was delivered.
/// </summary>
internal sealed class DeliveryProgress(Guid id)
{
    public Guid Id => id;

    /// <summary>By when it was sent: what came first.</summary>
    public DateTime? Sent { get; private set; }
    public DateTime? Delivered { get; private set; }
    public DateTime? Opened { get; private set; }
    public DateTime? HumanOpened { get; private set; }
    public DateTime? Clicked { get; private set; }
    public DateTime? HumanClicked { get; private set; }
    public DateTime? Bounced { get; private set; }
    public string? BouncedFor { get; private set; }
    public DateTime? Failed { get; private set; }
    public string? FailedFor { get; private set; }
    public DateTime? Complained { get; private set; }
    public DateTime? Unsubscribed { get; private set; }
    public string? ProviderId { get; private set; }

    /// <summary>That it was sent is known from another message of the same call.</summary>
    public void ProveSent(DateTimeOffset at) => Sent = Earlier(Sent, Time(at));

    public void Add(DeliveryEvent told)
    {
        var at = Time(told.At);
        Sent = Earlier(Sent, at);
        ProviderId ??= told.ProviderId;
        switch (told.Kind)
        {
            case DeliveryEventKind.Bounced or DeliveryEventKind.Blocked:
                (Bounced, BouncedFor) = Earlier(Bounced, BouncedFor, at, told.Reason);
                break;
            case DeliveryEventKind.Dropped:
                (Failed, FailedFor) = Earlier(Failed, FailedFor, at, told.Reason);
                break;
            case DeliveryEventKind.Accepted or DeliveryEventKind.Deferred:
                break;
            default:
                AddStep(told.Kind, at);
                break;
        }
    }

    private void AddStep(DeliveryEventKind kind, DateTime at)
    {
        Delivered = Earlier(Delivered, at);
        switch (kind)
        {
            case DeliveryEventKind.Complained:
                Complained = Earlier(Complained, at);
                return;
            case DeliveryEventKind.Unsubscribed:
                Unsubscribed = Earlier(Unsubscribed, at);
                return;
            case DeliveryEventKind.Delivered:
                return;
        }

        Opened = Earlier(Opened, at);
        if (kind is DeliveryEventKind.HumanOpened or DeliveryEventKind.HumanClicked)
            HumanOpened = Earlier(HumanOpened, at);
        if (kind is DeliveryEventKind.Clicked or DeliveryEventKind.HumanClicked)
            Clicked = Earlier(Clicked, at);
        if (kind is DeliveryEventKind.HumanClicked)
            HumanClicked = Earlier(HumanClicked, at);
    }

    // As exact as the database keeps it: what is equal there must be equal here.
    private static DateTime Time(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    private static DateTime Earlier(DateTime? known, DateTime at) => known < at ? known.Value : at;

    // Of two at once the first by its letters: any rule will do that does not ask which came first.
    private static (DateTime, string?) Earlier(DateTime? known, string? knownFor, DateTime at, string? reason) =>
        known < at || known == at && string.CompareOrdinal(knownFor ?? "", reason ?? "") <= 0 ? (known.Value, knownFor) : (at, reason);
}

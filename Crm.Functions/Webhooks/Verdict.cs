using Crm.Functions.Sending;

namespace Crm.Functions.Webhooks;

/// <summary>An event as it is kept.</summary>
internal sealed record StoredEvent(Guid Id, string Provider, Guid? OrganizationId, string Body, DateTimeOffset ReceivedAt, bool IsHandled);

/// <summary>What an event means.</summary>
internal sealed record Verdict
{
    /// <summary>That it is of no use to us.</summary>
    public static readonly Verdict Done = new();

    /// <summary>What became of a message.</summary>
    public DeliveryEvent? Delivery { get; init; }

    /// <summary>The transactional mail that did not arrive, and why.</summary>
    public Guid? EmailId { get; init; }

    public string? Error { get; init; }

    /// <summary>Whether it is kept for somebody to look at; then <see cref="Error"/> says why.</summary>
    public bool IsParked { get; init; }

    public static Verdict Park(string reason) => new() { IsParked = true, Error = reason };

    public static Verdict Of(DeliveryEvent told) => new() { Delivery = told };
}

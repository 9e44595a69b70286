namespace Crm.Functions.Campaigns;

/// <summary>A contact whom a campaign goes to, and what became of it.</summary>
public sealed record Recipient
{
    public required Guid Id { get; init; }
    public required Guid ContactId { get; init; }

    /// <summary>The contact in short; of a contact that became a colleague's, staff see the name only.</summary>
    public RecipientContact Contact => new(ContactName, ContactEmail, ContactPhone);

    /// <summary>pending, sent, delivered, opened, clicked, bounced, failed, suppressed or unsubscribed: the furthest step.</summary>
    public required string Status { get; init; }

    /// <summary>Whether it is not known yet if the vendor took it; it settles by itself within three days.</summary>
    public required bool Uncertain { get; init; }

    /// <summary>Of an A/B test: a or b; null for the rest, which gets the winner.</summary>
    public string? Variant { get; init; }

    /// <summary>When it was sent.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>When it was first opened.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When a link was first clicked.</summary>
    public DateTimeOffset? ClickedAt { get; init; }

    /// <summary>When it came back.</summary>
    public DateTimeOffset? BouncedAt { get; init; }

    /// <summary>When it failed.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>When they unsubscribed by its link.</summary>
    public DateTimeOffset? UnsubscribedAt { get; init; }

    /// <summary>Why it failed or came back; unconfirmed: nobody knows whether it was sent.</summary>
    public string? Error { get; init; }

    /// <summary>Why it was not sent: unsubscribed, bounced, complained, stopped, manual, no_address or inactive.</summary>
    public string? SkipReason { get; init; }

    /// <summary>When they became a recipient.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    internal string ContactName { get; init; } = "";
    internal string? ContactEmail { get; init; }
    internal string? ContactPhone { get; init; }

    internal const string Columns = """
        d.id, d.contact_id, d.status, coalesce(p.state = 'uncertain', false) as uncertain, d.variant, d.sent_at, d.delivered_at, d.opened_at, d.clicked_at,
        d.bounced_at, d.failed_at, d.unsubscribed_at, d.error, d.skip_reason, d.created_at, c.name as contact_name,
        case when @OwnerId::uuid is null or c.owner_id = @OwnerId then c.email end as contact_email,
        case when @OwnerId::uuid is null or c.owner_id = @OwnerId then c.phone end as contact_phone
        """;

    internal const string Joins = """
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        left join provider_calls p on p.organization_id = d.organization_id and p.id = d.call_id and d.status = 'pending'
        """;
}

/// <param name="Name">The full name, or what else there is to call them by.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="Phone">The phone number.</param>
public sealed record RecipientContact(string Name, string? Email, string? Phone);

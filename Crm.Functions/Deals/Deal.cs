using Crm.Functions.Deals.Pipelines;

namespace Crm.Functions.Deals;

/// <summary>A deal, as clients see it.</summary>
public record Deal
{
    public required Guid Id { get; init; }
    public required string Title { get; init; }
    public required decimal Value { get; init; }

    /// <summary>USD, EUR, GBP, CAD or AUD.</summary>
    public required string Currency { get; init; }
    public required Guid ContactId { get; init; }

    /// <summary>The name is shown even to those who may not open the contact.</summary>
    public DealContact Contact => new(ContactId, ContactName);
    public required Guid PipelineId { get; init; }
    public required Guid StageId { get; init; }
    public StageBrief Stage => new(StageId, StageName, StageType);

    /// <summary>The place in the column among the deals the caller sees, 0 being its top; null in lists and beyond the first thousand.</summary>
    public long? Position { get; init; }

    /// <summary>In percent: the deal's own while it is open, otherwise its stage's.</summary>
    public required int Probability { get; init; }
    public DateOnly? ExpectedCloseDate { get; init; }

    /// <summary>open, won or lost, as its stage is.</summary>
    public required string Status { get; init; }
    public string? LostReason { get; init; }
    public required Guid OwnerId { get; init; }
    public OwnerBrief Owner => new(OwnerId, OwnerFirstName ?? "", OwnerLastName ?? "");

    /// <summary>Whether an open deal has been idle for as many days as the organisation's setting <c>dealRottingDays</c> says, 30 by default.</summary>
    public bool IsRotting => RottingDays >= RottingAfter;

    /// <summary>Whole days since the last activity or the entry into the stage; null once closed.</summary>
    public int? RottingDays { get; init; }
    public required DateTimeOffset StageEnteredAt { get; init; }
    public required DateTimeOffset LastActivityAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single deal.</summary>
    public required int Version { get; init; }

    internal string ContactName { get; init; } = "";
    internal string StageName { get; init; } = "";
    internal string StageType { get; init; } = "";
    internal string? OwnerFirstName { get; init; }
    internal string? OwnerLastName { get; init; }
    internal int RottingAfter { get; init; }

    /// <summary>When a deal was last touched, in SQL.</summary>
    public const string IdleSince = "greatest(d.last_activity_at, d.stage_entered_at)";

    // The contact's name is a subquery: as a join, a plan made for all values could read all contacts for a page of deals.
    public const string Columns = $"""
        d.id, d.title, d.value, d.currency, d.contact_id,
        (select c.name from contacts c where c.organization_id = d.organization_id and c.id = d.contact_id) as contact_name,
        d.pipeline_id, d.stage_id, s.name as stage_name, s.type as stage_type,
        case when d.status = 'open' then coalesce(d.probability, s.probability) else s.probability end as probability,
        d.expected_close_date, d.status, d.lost_reason, d.owner_id, u.first_name as owner_first_name, u.last_name as owner_last_name,
        case when d.status = 'open' then floor(extract(epoch from @Now - {IdleSince}) / 86400)::integer end as rotting_days,
        o.deal_rotting_days as rotting_after, d.stage_entered_at, d.last_activity_at, d.closed_at, d.created_at, d.updated_at, d.version
        """;

    public const string Joins = """
        join stages s on s.organization_id = d.organization_id and s.id = d.stage_id
        join organizations o on o.id = d.organization_id
        left join users u on u.organization_id = d.organization_id and u.id = d.owner_id
        """;
}

namespace Crm.Functions.WebhookEndpoints;

/// <summary>An event on its way to an endpoint, or what became of it.</summary>
public sealed record WebhookDelivery
{
    public required Guid Id { get; init; }

    /// <summary>The event's id, which is sent as <c>webhook-id</c>.</summary>
    public required Guid EventId { get; init; }

    /// <summary>The event's type.</summary>
    public required string EventType { get; init; }

    /// <summary>pending, delivered or failed: nothing is tried any more.</summary>
    public required string State { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it was last tried.</summary>
    public DateTimeOffset? TriedAt { get; init; }

    /// <summary>While it is pending, when it is tried next.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>What the endpoint answered last; null when it did not.</summary>
    public int? StatusCode { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? Error { get; init; }

    /// <summary>The beginning of the last answer.</summary>
    public string? Response { get; init; }

    /// <summary>How long the last try took.</summary>
    public int? Milliseconds { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    internal const string Columns = """
        d.id, d.event_id, d.event_type, d.state, d.attempts, d.tried_at, case when d.state = 'pending' then d.due_at end as next_at, d.status_code, d.error,
        d.response, d.milliseconds, d.created_at, d.delivered_at
        """;

    internal const string ByIdSql = $"""
        select {Columns}
        from webhook_deliveries d
        where d.organization_id = @OrganizationId
          and d.id = @Id
        """;
}

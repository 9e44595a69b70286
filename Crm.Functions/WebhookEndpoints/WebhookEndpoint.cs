using Crm.Shared.Database;

namespace Crm.Functions.WebhookEndpoints;

/// <summary>An address of yours that hears of what happens here.</summary>
public record WebhookEndpoint
{
    public required Guid Id { get; init; }

    /// <summary>Where it is called.</summary>
    public required string Url { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The types of events it hears of; <c>*</c>: all there are and will be.</summary>
    public required string[] Events { get; init; }

    /// <summary>enabled or disabled.</summary>
    public string Status => IsEnabled ? "enabled" : "disabled";

    /// <summary>Why it was disabled by itself: it answered 410, or nothing had arrived for days. Null when somebody disabled it.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Since when nothing has arrived; null while it answers.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Until when the secret before the last rotation signs, too.</summary>
    public DateTimeOffset? PreviousSecretUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single one.</summary>
    public required int Version { get; init; }

    internal bool IsEnabled { get; init; }

    internal const string Columns = """
        e.id, e.url, e.description, e.events, e.is_enabled, e.disabled_reason, e.failing_since, e.created_at, e.updated_at, e.version,
        case when e.previous_until > @Now then e.previous_until end as previous_secret_until
        """;

    internal const string ByIdSql = $"""
        select {Columns}
        from webhook_endpoints e
        where e.organization_id = @OrganizationId
          and e.id = @Id
        """;

    internal static Task<WebhookEndpoint?> Find(DbTransaction tx, Guid id) => tx.Find<WebhookEndpoint>(ByIdSql, new { Id = id, tx.Now });

    /// <summary>Types of events as they are kept: each once, in no order.</summary>
    internal static string[] Types(string[]? events) =>
        events is null or [] || events.Any(type => type.Trim() == All) ? [All] : [.. events.Select(type => type.Trim().ToLowerInvariant()).Distinct()];

    internal const string All = "*";

    /// <summary>In SQL, whether these are types that there are.</summary>
    internal const string AreTypes = "(@Events::text[] = '{*}' or @Events::text[] <@ webhook_event_types())";

    internal static Error UnknownType => Error.Invalid("events", "events must be types that GET /webhook-endpoints/event-types names, or *.");
}

/// <summary>An endpoint with its secret, which is shown this once.</summary>
public sealed record NewWebhookEndpoint : WebhookEndpoint
{
    /// <summary>
    /// Signs what is sent: the header <c>webhook-signature</c> is <c>v1,</c> and the Base64 of HMAC-SHA256 over
    /// <c>{webhook-id}.{webhook-timestamp}.{body}</c>, with what stands behind <c>whsec_</c>, Base64 too, as the key. It cannot be read again.
    /// </summary>
    public required string Secret { get; init; }
}

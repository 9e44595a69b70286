using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Functions.Campaigns;

/// <summary>A mail or SMS to many contacts.</summary>
public abstract record Campaign : CampaignCounts
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }

    /// <summary>email or sms.</summary>
    public required string Type { get; init; }

    /// <summary>draft, scheduled, sending, sent, paused or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>The subject of the mail, with its variables.</summary>
    public string? Subject { get; init; }

    /// <summary>The template whose texts it sends where it has none of its own.</summary>
    public Guid? TemplateId { get; init; }

    /// <summary>When it will be sent by itself; null: when somebody sends it.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }
    public string[] Tags { get; init; } = [];

    /// <summary>How it is sent: see POST /campaigns.</summary>
    public JsonElement Settings { get; init; }

    /// <summary>Why it was paused by itself; null when somebody paused it.</summary>
    public string? PauseReason { get; init; }

    /// <summary>Of an A/B test that is decided: a or b.</summary>
    public string? Winner { get; init; }

    /// <summary>Who made it, or has taken it over.</summary>
    public OwnerBrief? Creator => CreatorFirstName is null ? null : new(CreatorId, CreatorFirstName, CreatorLastName ?? "");

    /// <summary>When it was first sent.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last of it was sent.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single campaign.</summary>
    public required int Version { get; init; }

    internal Guid CreatorId { get; init; }
    internal string? CreatorFirstName { get; init; }
    internal string? CreatorLastName { get; init; }
    internal string? TemplateName { get; init; }

    internal const string Columns = $"""
        k.id, k.name, k.type, k.status, k.subject, k.template_id, k.scheduled_at, k.tags, k.settings, k.pause_reason, k.winner, k.started_at, k.finished_at,
        k.created_at, k.updated_at, k.version, k.creator_id, u.first_name as creator_first_name, u.last_name as creator_last_name,
        t.name as template_name, {CountColumns}
        """;

    internal const string Joins = $"""
        left join users u on u.organization_id = k.organization_id and u.id = k.creator_id
        left join templates t on t.organization_id = k.organization_id and t.id = k.template_id
        {CountsJoin}
        """;
}

/// <summary>A campaign as lists show it.</summary>
public sealed record CampaignBrief : Campaign
{
    /// <summary>The template in short.</summary>
    [JsonPropertyOrder(1)]
    public TemplateBrief? Template => TemplateId is { } id ? new(id, TemplateName!) : null;
}

/// <param name="Id">The template.</param>
/// <param name="Name">Its name.</param>
public sealed record TemplateBrief(Guid Id, string Name);

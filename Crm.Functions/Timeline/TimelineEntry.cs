using System.Text.Json;

namespace Crm.Functions.Timeline;

/// <summary>Something that happened with a contact.</summary>
public record TimelineEntry
{
    public required Guid Id { get; init; }
    public required Guid ContactId { get; init; }

    /// <summary>note, call, email, sms, meeting, update, deal, task, invoice, payment or campaign.</summary>
    public required string Type { get; init; }
    public required string Action { get; init; }
    public required string Title { get; init; }
    public string? Description { get; init; }

    /// <summary>For an update: each field with its old and new value.</summary>
    public Change[] Changes => Diffs is null ? [] : JsonSerializer.Deserialize<Change[]>(Diffs, JsonSerializerOptions.Web)!;
    public string? EntityType { get; init; }
    public Guid? EntityId { get; init; }

    /// <summary>Who did it; null when nobody signed in did.</summary>
    public Actor? Actor => ActorId is { } id ? new(id, ActorName ?? "") : null;
    public required DateTimeOffset OccurredAt { get; init; }

    internal string? Diffs { get; init; }
    internal Guid? ActorId { get; init; }
    internal string? ActorName { get; init; }

    public const string Select = """
        select t.id, t.contact_id, t.type, t.action, t.title, t.description, t.changes::text as diffs, t.entity_type, t.entity_id,
               t.actor_id, btrim(u.first_name || ' ' || u.last_name) as actor_name, t.occurred_at
        from timeline_entries t
        left join users u on u.organization_id = t.organization_id and u.id = t.actor_id
        """;
}

/// <summary>Who did something.</summary>
public sealed record Actor(Guid Id, string Name);

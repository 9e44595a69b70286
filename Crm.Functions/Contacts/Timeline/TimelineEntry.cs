using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Timeline;

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

/// <summary>One field's change.</summary>
public sealed record Change(string Field, object? Old, object? New)
{
    /// <summary>The fields of <typeparamref name="T"/> that differ.</summary>
    public static Change[] Between<T>(T before, T after) =>
    [
        .. from property in typeof(T).GetProperties()
           let old = property.GetValue(before)
           let now = property.GetValue(after)
           where !AreEqual(old, now)
           select new Change(JsonNamingPolicy.CamelCase.ConvertName(property.Name), old, now),
    ];

    private static bool AreEqual(object? old, object? now) => (old, now) switch
    {
        (string[] a, string[] b) => a.SequenceEqual(b, StringComparer.Ordinal),
        (JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b),
        _ => Equals(old, now),
    };
}

/// <summary>An entry to write.</summary>
public sealed record NewEntry(string Type, string Action, string Title, string? Description = null)
{
    public Change[]? Changes { get; init; }
    public (string Type, Guid Id)? Entity { get; init; }

    /// <summary>When it happened; now, by default.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

public static class TimelineWriter
{
    private const string Sql = """
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
        values (@OrganizationId, @Id, @ContactId, @Type, @Action, @Title, @Description, @Changes::jsonb, @EntityType, @EntityId, @ActorId, @OccurredAt, @Now)
        """;

    /// <summary>Writes to a contact's timeline in the transaction of what happened; returns the entry's id.</summary>
    public static async Task<Guid> AddToTimeline(this DbTransaction tx, Guid contactId, Guid? actorId, NewEntry entry)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(Sql, new
        {
            Id = id,
            ContactId = contactId,
            entry.Type,
            entry.Action,
            entry.Title,
            entry.Description,
            Changes = entry.Changes is null ? null : JsonSerializer.Serialize(entry.Changes, JsonSerializerOptions.Web),
            EntityType = entry.Entity?.Type,
            EntityId = entry.Entity?.Id,
            ActorId = actorId,
            OccurredAt = entry.OccurredAt ?? tx.Now,
            tx.Now,
        });
        return id;
    }
}

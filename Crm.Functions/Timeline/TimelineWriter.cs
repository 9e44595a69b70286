using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Timeline;

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

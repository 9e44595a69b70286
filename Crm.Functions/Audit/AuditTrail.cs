using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Audit;

/// <summary>The record of who did what, written in the transaction of the deed; webhook endpoints hear of it from there.</summary>
public static class AuditTrail
{
    /// <summary>What a webhook's queue message says: which event's deliveries are due, of one endpoint or of all.</summary>
    public sealed record Told(Guid OrganizationId, Guid EventId, Guid? EndpointId = null);

    /// <summary>Writes the event, and returns the message that a trigger wrote for the endpoints that asked for it.</summary>
    internal const string Sql = """
        insert into audit_events (organization_id, id, actor_id, action, entity_type, entity_id, data, address, created_at)
        values (@OrganizationId, @Id, @ActorId, @Action, @EntityType, @EntityId, @Facts::jsonb, @Address, @Now)
        returning outbox_id
        """;

    /// <summary>Records a deed; <paramref name="actorId"/> is null when no signed-in user did it. Returns the event's id.</summary>
    public static async Task<Guid> Audit(
        this DbTransaction tx, Guid? actorId, string action, string entityType, Guid? entityId, object? data = null, string? address = null)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Write(id, Sql, new
        {
            Id = id,
            ActorId = actorId,
            Action = action,
            EntityType = entityType,
            EntityId = entityId,
            Facts = data is null ? null : JsonSerializer.Serialize(data, JsonSerializerOptions.Web),
            Address = address,
            tx.Now,
        });
        return id;
    }

    /// <summary>Runs a statement that ends in <see cref="Sql"/>; endpoints hear of the event right after the commit.</summary>
    internal static async Task Write(this DbTransaction tx, Guid eventId, string sql, object args)
    {
        if (await tx.Find<Guid?>(sql, args) is { } message)
            tx.Relays(message, Queues.DeliverWebhooks, new Told(tx.Scope.OrganizationId, eventId));
    }
}

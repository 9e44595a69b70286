using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Audit;

/// <summary>The record of who did what, written in the transaction of the deed.</summary>
public static class AuditTrail
{
    private const string Sql = """
        insert into audit_events (organization_id, id, actor_id, action, entity_type, entity_id, data, address, created_at)
        values (@OrganizationId, @Id, @ActorId, @Action, @EntityType, @EntityId, @Data::jsonb, @Address, @Now)
        """;

    /// <summary>Records a deed; <paramref name="actorId"/> is null when no signed-in user did it.</summary>
    public static Task Audit(
        this DbTransaction tx, Guid? actorId, string action, string entityType, Guid? entityId, object? data = null, string? address = null) =>
        tx.Execute(Sql, new
        {
            Id = Guid.CreateVersion7(tx.Now),
            ActorId = actorId,
            Action = action,
            EntityType = entityType,
            EntityId = entityId,
            Data = data is null ? null : JsonSerializer.Serialize(data, JsonSerializerOptions.Web),
            Address = address,
            tx.Now,
        });
}

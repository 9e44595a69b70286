using Crm.Shared.Database;

namespace Crm.Functions.Notifications;

public static class Notifier
{
    private const string InsertSql = """
        insert into notifications (organization_id, id, user_id, type, title, body, entity_type, entity_id, created_at)
        values (@OrganizationId, @Id, @UserId, @Type, @Title, @Body, @EntityType, @EntityId, @Now)
        """;

    /// <summary>
    /// Tells a user something, if and only if the transaction commits. <paramref name="type"/> is of the form <c>campaign.paused</c>; the entity is what a
    /// click on the notice opens.
    /// </summary>
    public static Task Notify(this DbTransaction tx, Guid userId, string type, string title, string? body, (string Type, Guid Id) entity) =>
        tx.Execute(InsertSql, new
        {
            Id = Guid.CreateVersion7(tx.Now),
            UserId = userId,
            Type = type,
            Title = title,
            Body = body,
            EntityType = entity.Type,
            EntityId = entity.Id,
            tx.Now,
        });
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Notifications;

public static class MarkNotification
{
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { IsRead = true };

        /// <summary>Whether it was read.</summary>
        public Optional<bool> IsRead { get; init; }
    }

    private const string MarkSql = $"""
        update notifications n
        set read_at = case when @IsRead then coalesce(read_at, @Now) end
        where organization_id = @OrganizationId
          and id = @Id
          and user_id = @UserId
        returning {Notification.Columns}
        """;

    private const string AllSql = """
        update notifications
        set read_at = @Now
        where organization_id = @OrganizationId
          and user_id = @UserId
          and read_at is null
        """;

    /// <param name="Marked">How many were not read before.</param>
    public sealed record Response(int Marked);

    /// <summary>Marks one of the signed-in user's notifications as read or unread.</summary>
    [Function("MarkNotification"), Tags("Notifications"), Authorize]
    public static Task<Reply<Notification>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "notifications/{id:guid}")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Notification>>(
            caller.Organization,
            async tx => await tx.Find<Notification>(MarkSql, new { Id = id, caller.UserId, IsRead = request.IsRead.Value, tx.Now }) is { } marked
                ? marked
                : await Access.Refusal(tx, Owned.Notification, id, Errors.NotificationNotFound),
            ct);

    /// <summary>Marks all of the signed-in user's notifications as read.</summary>
    [Function("ReadAllNotifications"), Tags("Notifications"), Authorize]
    public static Task<Reply<Response>> All(
        [HttpTrigger(Anonymous, "post", Route = "notifications/read-all")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(
            caller.Organization, async tx => new Response(await tx.Execute(AllSql, new { caller.UserId, tx.Now })), ct);
}

using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Notifications;

public static class ListNotifications
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>true for those not read yet, false for the others.</summary>
        [FromQuery]
        public bool? Unread { get; init; }
    }

    /// <param name="Notifications">Those of this page, newest first.</param>
    /// <param name="UnreadCount">How many of all are not read yet; 1,000 stands for more.</param>
    /// <param name="Meta">Where the page stands.</param>
    public sealed record Response(IReadOnlyList<Notification> Notifications, int UnreadCount, PageMeta Meta);

    private sealed record Criteria(Guid UserId);

    private static readonly PagedList<Notification> List = new()
    {
        Table = "notifications",
        Alias = "n",
        Columns = Notification.Columns,
        Orders = [new("createdAt", "n.created_at desc, n.id desc", "n.created_at, n.id")],
        After = "(n.created_at, n.id) < (@AfterTime, @AfterId)",
        PlaceOf = notification => new(notification.CreatedAt, notification.Id),
    };

    private const string UnreadSql = """
        select count(*)::int
        from (
            select
            from notifications
            where organization_id = @OrganizationId and user_id = @UserId and read_at is null
            limit 1000) n
        """;

    /// <summary>What the signed-in user was told, newest first.</summary>
    /// <remarks>Kept for 90 days.</remarks>
    [Function("ListNotifications"), Tags("Notifications"), Authorize]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "notifications")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var criteria = new Criteria(caller.UserId);
        var where = "where n.organization_id = @OrganizationId\n  and n.user_id = @UserId"
            + filter.Unread switch { null => "", true => "\n  and n.read_at is null", false => "\n  and n.read_at is not null" };
        var page = await List.Read(db, totals, caller.Organization, paging, where, criteria, isPlain: true, ct);
        return new Response(page.Rows, await db.Find<int>(caller.Organization, UnreadSql, criteria, ct), page.Meta);
    }
}

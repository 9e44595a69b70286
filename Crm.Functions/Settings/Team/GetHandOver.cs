using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

public static class GetHandOver
{
    internal sealed record Row(
        Guid Id, Guid ToId, string Status, int Total, int Contacts, int Deals, int Tasks, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
    {
        public HandOver ToHandOver() => new(Id, ToId, Status, Total, new(Contacts, Deals, Tasks), CreatedAt, FinishedAt);
    }

    internal const string Sql = """
        select id, to_id, status, total, contacts, deals, tasks, created_at, finished_at
        from hand_overs
        where organization_id = @OrganizationId
          and from_id = @UserId
        order by created_at desc
        limit 1
        """;

    /// <summary>How far the latest hand-over of a member's records has come.</summary>
    /// <remarks>DELETE /settings/team/{userId} with <c>reassignTo</c> begins one.</remarks>
    /// <param name="userId" example="01990000-0000-7000-8000-a00000000004">The member who left.</param>
    [Function("GetHandOver"), Tags("Team"), Allow(Permission.ManageTeam)]
    public static async Task<Reply<HandOver>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "settings/team/{userId:guid}/hand-over")] HttpRequest http,
        Guid userId, Caller caller, Db db, CancellationToken ct) =>
        await db.Find<Row>(caller.Organization, Sql, new { UserId = userId }, ct) is { } row ? row.ToHandOver() : Errors.HandOverNotFound;
}

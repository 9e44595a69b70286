using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

public static class GetHandOver
{
    /// <summary>How far the latest hand-over of a member's records has come.</summary>
    /// <remarks>DELETE /settings/team/{userId} with <c>reassignTo</c> begins one.</remarks>
    /// <param name="userId" example="01990000-0000-7000-8000-a00000000004">The member who left.</param>
    [Function("GetHandOver"), Tags("Team"), Allow(Permission.ManageTeam)]
    public static async Task<Reply<HandOver>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "settings/team/{userId:guid}/hand-over")] HttpRequest http,
        Guid userId, Caller caller, Db db, CancellationToken ct) =>
        await db.Find<HandOverRow>(caller.Organization, HandOverRow.LatestSql, new { UserId = userId }, ct) is { } row
            ? row.ToHandOver()
            : Errors.HandOverNotFound;
}

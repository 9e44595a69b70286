using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class LogoutEverywhere
{
    private const string VersionSql = """
        update users
        set token_version = token_version + 1
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Ends all of the caller's sessions, on every device.</summary>
    [Function("LogoutEverywhere"), Tags("Auth"), Authorize]
    public static async Task<Reply<Acknowledged>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/logout-all")] HttpRequest http, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        await db.Transaction(caller.Organization, async tx =>
        {
            await tx.Execute(Sessions.EndAllSql, new { caller.UserId, tx.Now });
            await tx.Execute(VersionSql, new { caller.UserId });
            await tx.Audit(caller.UserId, "auth.logout_all", "user", caller.UserId);
            return true;
        }, ct);
        callers.Forget();
        return new Acknowledged(true);
    }
}

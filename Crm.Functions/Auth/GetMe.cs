using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class GetMe
{
    private const string Sql = $"""
        {Account.Select}
        where u.organization_id = @OrganizationId
          and u.id = @UserId
        """;

    /// <summary>The signed-in user and their organisation.</summary>
    [Function("GetMe"), Tags("Auth"), Authorize]
    public static async Task<Reply<Account>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "auth/me")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        (await db.Find<Account>(caller.Organization, Sql, new { caller.UserId }, ct))!;

    /// <summary>The signed-in user and their organisation.</summary>
    [Function("GetProfile"), Tags("Settings"), Authorize]
    public static Task<Reply<Account>> Profile(
        [HttpTrigger(Anonymous, "get", Route = "settings/profile")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        Handle(http, caller, db, ct);
}

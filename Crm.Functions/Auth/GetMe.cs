using Crm.Functions.Hosting;
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
    public static async Task<Reply<Account>> Handle(Caller caller, Db db, CancellationToken ct) =>
        (await db.Find<Account>(caller.Organization, Sql, new { caller.OrganizationId, caller.UserId }, ct))!;
}

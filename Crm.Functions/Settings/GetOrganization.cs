using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Settings;

public static class GetOrganization
{
    /// <summary>The caller's organisation.</summary>
    /// <remarks>The <c>ETag</c> is its version.</remarks>
    [Function("GetOrganization"), Tags("Settings"), Allow(Permission.ReadOrganization)]
    public static async Task<Reply<Organization>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "settings/organization")] HttpRequest http, Caller caller, Db db, CancellationToken ct)
    {
        var organization = (await db.Find<Organization>(caller.Organization, Organization.FindSql, null, ct))!;
        return Reply<Organization>.Versioned(organization, organization.Version);
    }
}

using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>The day where the organisation is, when nobody of it is there.</summary>
internal static class OrganizationDay
{
    private const string Sql = """
        select timezone
        from organizations
        where id = @OrganizationId
        """;

    public static async Task<DateOnly> Of(DbTransaction tx) => LocalDay.At(tx.Now, TimeZones.First(await tx.Find<string>(Sql, null))).Date;
}

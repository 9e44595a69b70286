using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>How many contacts there are, exactly, from the few rows of <c>contact_totals</c> that the database keeps.</summary>
internal static class ContactTotals
{
    /// <summary>In SQL, the number of contacts that are neither deleted nor merged away: of the organisation, or of the scope's owner.</summary>
    public const string AliveSql =
        "(select coalesce(sum(t.contacts), 0)::bigint from contact_totals t where t.organization_id = @OrganizationId and t.state = 'alive')";
    public const string OwnAliveSql =
        "(select coalesce(sum(t.contacts), 0)::bigint from contact_totals t"
            + " where t.organization_id = @OrganizationId and t.state = 'alive' and t.owner_id = @OwnerId)";

    /// <summary>In SQL, the total of a list of no other condition than owner and <c>@Statuses</c>. With inactive, deleted ones count too.</summary>
    public static string Sql(Scope scope, string[]? statuses) =>
        "select coalesce(sum(contacts), 0)::bigint from contact_totals where organization_id = @OrganizationId"
        + (scope.OwnerId is null ? "" : " and owner_id = @OwnerId")
        + (statuses?.Contains("inactive", StringComparer.Ordinal) == true ? " and state <> 'merged'" : " and state = 'alive'")
        + (statuses is null ? "" : " and status = any(@Statuses)");
}

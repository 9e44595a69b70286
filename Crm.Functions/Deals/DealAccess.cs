using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>Why a deal that the caller's scope does not hold is refused.</summary>
public static class DealAccess
{
    private const string ExistsSql = """
        select true
        from deals
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
        """;

    /// <summary>A colleague's deal is forbidden; one of another organisation, a deleted one, or none, does not exist.</summary>
    public static async Task<Error> Refusal(Db db, Scope scope, Guid id, CancellationToken ct) =>
        Of(await db.Find<bool>(scope, ExistsSql, new { Id = id }, ct));

    public static async Task<Error> Refusal(DbTransaction tx, Guid id) =>
        Of(await tx.Find<bool>(ExistsSql, new { Id = id }));

    private static Error Of(bool exists) => exists ? Errors.Forbidden with { Message = "This deal belongs to a colleague." } : Errors.DealNotFound;
}

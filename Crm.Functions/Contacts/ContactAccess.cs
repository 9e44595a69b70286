using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>Why a contact that the caller's scope does not hold is refused.</summary>
public static class ContactAccess
{
    private const string ExistsSql = """
        select true
        from contacts
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>A colleague's contact is forbidden; one of another organisation, or none, does not exist.</summary>
    public static async Task<Error> Refusal(Db db, Scope scope, Guid id, CancellationToken ct) =>
        Of(await db.Find<bool>(scope, ExistsSql, new { Id = id }, ct));

    public static async Task<Error> Refusal(DbTransaction tx, Guid id) =>
        Of(await tx.Find<bool>(ExistsSql, new { Id = id }));

    private static Error Of(bool exists) => exists ? Errors.Forbidden with { Message = "This contact belongs to a colleague." } : Errors.ContactNotFound;
}

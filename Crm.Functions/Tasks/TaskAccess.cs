using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>Why a task that the caller's scope does not hold is refused.</summary>
public static class TaskAccess
{
    private const string ExistsSql = """
        select true
        from tasks
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
        """;

    /// <summary>A colleague's task is forbidden; one of another organisation, a deleted one, or none, does not exist.</summary>
    public static async Task<Error> Refusal(Db db, Scope scope, Guid id, CancellationToken ct) =>
        Of(await db.Find<bool>(scope, ExistsSql, new { Id = id }, ct));

    public static async Task<Error> Refusal(DbTransaction tx, Guid id) =>
        Of(await tx.Find<bool>(ExistsSql, new { Id = id }));

    private static Error Of(bool exists) => exists ? Errors.Forbidden with { Message = "This task belongs to a colleague." } : Errors.TaskNotFound;
}

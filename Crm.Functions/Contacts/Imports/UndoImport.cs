using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

public static class UndoImport
{
    private const string StartSql = """
        update imports
        set status = 'undoing', finished_at = null, attempts = 0, error = null, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or user_id = @OwnerId)
          and status in ('completed', 'failed')
          and not dry_run
          and rows_removed_at is null
        """;

    private const string IsOldSql = """
        select true
        from imports
        where organization_id = @OrganizationId
          and id = @Id
          and rows_removed_at is not null
        """;

    /// <summary>Takes an import back, in the background: contacts it made are deleted, contacts it changed become what they were.</summary>
    /// <remarks>A contact that somebody has changed since stays as it is; <c>kept</c> counts those. An import can be taken back for 30 days.</remarks>
    [Function("UndoImport"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<Accepted<Import>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/import/{id:guid}/undo")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var import = await db.Find<Import>(scope, Import.ByIdSql, new { Id = id }, ct);
        if (import is null)
            return await Access.Refusal(db, scope, Owned.Import, id, Errors.ImportNotFound, ct);

        return await db.Transaction<Accepted<Import>>(scope, async tx =>
        {
            if (await tx.Execute(StartSql, new { Id = id, tx.Now }) == 0)
                return await tx.Find<bool>(IsOldSql, new { Id = id }) ? Errors.ImportTooOld : Errors.ImportNotFinished;
            await tx.Audit(caller.UserId, "contacts.import_undone", "import", id);
            await tx.Send(Queues.UndoImport, new UndoImportBatch.Message(scope.OrganizationId, id));
            return (await tx.Find<Import>(Import.ByIdSql, new { Id = id }))!;
        }, ct);
    }
}

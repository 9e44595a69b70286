using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

/// <summary>
/// Imports the next rows of a file and asks for the rest with its next message, all in one transaction: a process killed in the middle
/// has done nothing, and rows that have an outcome are never done again.
/// </summary>
public static class ImportBatch
{
    /// <summary>Rows a message: some seconds of work at most.</summary>
    private const int Size = 2000;

    public sealed record Message(Guid OrganizationId, Guid ImportId);

    // Locked, so that a message delivered twice waits for its double and then finds the rows done.
    private const string LockSql = """
        update imports i
        set status = 'running', updated_at = @Now
        from users u, organizations o
        where i.organization_id = @OrganizationId
          and i.id = @ImportId
          and i.status in ('queued', 'running')
          and u.organization_id = i.organization_id and u.id = i.user_id
          and o.id = i.organization_id
        returning i.owner_id, i.user_id, u.role, i.fields, i.on_duplicate, i.tags, i.source, i.dry_run, o.country
        """;

    private const string RowsSql = """
        select row_number, cells
        from import_rows
        where organization_id = @OrganizationId
          and import_id = @ImportId
          and outcome is null
        order by row_number
        limit @Size
        """;

    // A contact that an earlier batch of this import wrote already: what undoing it restores is what was before that one.
    private const string CarrySql = """
        update import_rows r
        set version = o.version
        from unnest(@Changed, @ChangedVersions) as o (contact_id, version)
        where r.organization_id = @OrganizationId
          and r.import_id = @ImportId
          and r.contact_id = o.contact_id
          and r.version = o.version - 1
        returning r.contact_id
        """;

    private const string OutcomesSql = """
        update import_rows r
        set outcome = o.outcome, error = o.error, contact_id = o.contact_id, version = o.version, before = o.before::jsonb
        from unnest(@Numbers, @Outcomes, @Errors, @ContactIds, @Versions, @Befores) as o (row_number, outcome, error, contact_id, version, before)
        where r.organization_id = @OrganizationId
          and r.import_id = @ImportId
          and r.row_number = o.row_number
        """;

    private const string ProgressSql = """
        update imports
        set created = created + @Created, updated = updated + @Updated, unchanged = unchanged + @Unchanged,
            skipped = skipped + @Skipped, failed = failed + @Failed,
            status = case when @IsDone then 'completed' else 'running' end, finished_at = case when @IsDone then @Now end, attempts = 0, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ImportId
        """;

    [Function("ImportBatch")]
    public static Task Handle(
        [QueueTrigger(Queues.ImportContacts)] Message? message, Db db, ILoggerFactory logs, CancellationToken ct) =>
        ImportAttempts.Run(db, logs, Queues.ImportContacts, message?.OrganizationId, message?.ImportId, Import, ct);

    private static async Task Import(DbTransaction tx, Guid importId)
    {
        var job = await tx.Find<ImportJob>(LockSql, new { ImportId = importId, tx.Now });
        if (job is null)
            return;

        var rows = await tx.List<ImportRow>(RowsSql, new { ImportId = importId, Size });
        var outcomes = await Carry(tx, importId, await ImportRows.Write(tx, importId, job, rows));
        await tx.Execute(OutcomesSql, new
        {
            ImportId = importId,
            Numbers = outcomes.Select(outcome => outcome.RowNumber).ToArray(),
            Outcomes = outcomes.Select(outcome => outcome.Kind).ToArray(),
            Errors = outcomes.Select(outcome => outcome.Error).ToArray(),
            ContactIds = outcomes.Select(outcome => outcome.ContactId).ToArray(),
            Versions = outcomes.Select(outcome => outcome.Version).ToArray(),
            Befores = outcomes.Select(outcome => outcome.Before).ToArray(),
        });

        var isDone = rows.Count < Size && outcomes.Count == rows.Count;
        int Count(string kind) => outcomes.Count(outcome => outcome.Kind == kind);
        await tx.Execute(ProgressSql, new
        {
            ImportId = importId,
            Created = Count("created"),
            Updated = Count("updated"),
            Unchanged = Count("unchanged"),
            Skipped = Count("skipped"),
            Failed = Count("failed"),
            IsDone = isDone,
            tx.Now,
        });
        if (!isDone)
            await tx.Send(Queues.ImportContacts, new Message(tx.Scope.OrganizationId, importId));
    }

    private static async Task<List<ImportOutcome>> Carry(DbTransaction tx, Guid importId, List<ImportOutcome> outcomes)
    {
        var changed = outcomes.FindAll(outcome => outcome is { Kind: "updated", Version: not null });
        if (changed.Count == 0)
            return outcomes;
        var carried = (await tx.List<Guid>(CarrySql, new
        {
            ImportId = importId,
            Changed = changed.Select(outcome => outcome.ContactId!.Value).ToArray(),
            ChangedVersions = changed.Select(outcome => outcome.Version!.Value).ToArray(),
        })).ToHashSet();
        return [.. outcomes.Select(outcome =>
            outcome.Version is not null && carried.Contains(outcome.ContactId!.Value) ? outcome with { Version = null, Before = null } : outcome)];
    }
}

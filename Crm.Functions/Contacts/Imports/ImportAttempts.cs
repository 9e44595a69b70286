using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Contacts.Imports;

/// <summary>
/// Runs an import's batches, and gives the import up when they fail again and again: it would be queued for ever. A failure that is the database's (it is down
/// or busy) is no fault of the import's and does not count. A batch whose process died is counted by SweepImports.
/// </summary>
internal static class ImportAttempts
{
    /// <summary>Failures one after the other: as many as the tries of one message.</summary>
    public const int Most = 5;

    // A batch that began and left neither progress nor failure behind died with its process.
    private const string Counted = "attempts + case when @HasFailed or tried_at > updated_at then 1 else 0 end";

    /// <summary>What a failure makes of an import, or with @HasFailed false of one that came to a halt.</summary>
    public const string Count = $"""
        attempts = {Counted},
            updated_at = @Now,
            status = case when {Counted} >= @Most then 'failed' else status end,
            finished_at = case when {Counted} >= @Most then @Now end,
            error = case
                when {Counted} < @Most then null
                when status = 'undoing' then format('After %s tries it could not be taken back entirely. Ask for it again, or report it with its id.', @Most)
                else format('After %s tries its rows from line %s on could not be imported. What was imported before them stays, and can be undone.', @Most, (
                    select coalesce(r.line, r.row_number + 1)
                    from import_rows r
                    where r.organization_id = imports.organization_id and r.import_id = imports.id and r.outcome is null
                    order by r.row_number
                    limit 1)) end
        """;

    // Committed before the batch begins, so that it is known of one that never ended.
    private const string BeginSql = """
        update imports
        set tried_at = @Now
        where organization_id = @OrganizationId
          and id = @ImportId
          and status in ('queued', 'running', 'undoing')
        """;

    private const string FailSql = $"""
        update imports
        set {Count}
        where organization_id = @OrganizationId
          and id = @ImportId
          and status in ('queued', 'running', 'undoing')
        returning status
        """;

    // What the database's own trouble ended has not died with its process. (Where it is in trouble still, the sweep counts it after all.)
    private const string ExcuseSql = """
        update imports
        set tried_at = null
        where organization_id = @OrganizationId
          and id = @ImportId
        """;

    public static async Task Run(
        Db db, ILoggerFactory logs, string queue, Guid? organizationId, Guid? importId, Func<DbTransaction, Guid, Task> batch, CancellationToken ct)
    {
        var logger = logs.CreateLogger(queue);
        if (Queues.IsBlank(logger, queue, organizationId, importId))
            return;

        var scope = new Scope(organizationId!.Value);
        if (await db.Execute(scope, BeginSql, new { ImportId = importId, db.Now }, ct) == 0)
            return;
        try
        {
            await db.Transaction(scope, async tx =>
            {
                await batch(tx, importId!.Value);
                return true;
            }, ct);
        }
        catch (NpgsqlException exception) when (exception.IsTransient)
        {
            await Excuse(db, scope, importId);
            throw;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (await db.Find<string>(scope, FailSql, new { ImportId = importId, HasFailed = true, Most, db.Now }, CancellationToken.None) != "failed")
                throw;
            logger.LogError(exception, "Gave up import {ImportId} of organisation {OrganizationId}", importId, organizationId);
        }
    }

    private static async Task Excuse(Db db, Scope scope, Guid? importId)
    {
        try
        {
            await db.Execute(scope, ExcuseSql, new { ImportId = importId }, CancellationToken.None);
        }
        catch (NpgsqlException)
        {
        }
    }
}

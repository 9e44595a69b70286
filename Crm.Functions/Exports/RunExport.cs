using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Email;
using Crm.Functions.Files;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Exports;

/// <summary>
/// Writes an export into the store, with the rights that its user has by then. It is claimed for a while, which each report of its progress prolongs; when the
/// process dies, another one begins anew.
/// </summary>
public static class RunExport
{
    /// <summary>Longer than the time from one report of progress to the next.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>How long the file is kept.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(3);

    private const int MostAttempts = 5;

    public sealed record Message(Guid OrganizationId, Guid ExportId);

    private sealed record Row(Guid UserId, JsonElement Request, int Attempts, DateTimeOffset CreatedAt, string FileName);

    private const string ClaimSql = """
        update exports
        set status = 'running', attempts = attempts + 1, leased_until = @LeaseEnd, rows = 0, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ExportId
          and status in ('queued', 'running')
          and (leased_until is null or leased_until <= @Now)
        returning user_id, request, attempts, created_at, file_name
        """;

    // Of this attempt only: when the lease ran out in the meantime somebody else has it.
    private const string ProgressSql = """
        update exports
        set rows = @Rows, leased_until = @LeaseEnd, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ExportId
          and attempts = @Attempts
          and status = 'running'
        """;

    private const string ReleaseSql = """
        update exports
        set leased_until = null, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ExportId
          and attempts = @Attempts
          and status = 'running'
        """;

    private const string FinishSql = """
        update exports
        set status = 'completed', rows = @Rows, file_id = @FileId, token_hash = @Hash, finished_at = @Now, expires_at = @ExpiresAt, leased_until = null,
            updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ExportId
          and attempts = @Attempts
          and status = 'running'
        """;

    private const string FailSql = """
        update exports
        set status = 'failed', error = @Error, finished_at = @Now, leased_until = null, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ExportId
          and status in ('queued', 'running')
        """;

    private const string AddressSql = """
        select email
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    [Function("RunExport")]
    public static async Task Handle(
        [QueueTrigger(Queues.RunExport)] Message? message, Db db, Callers callers, FileStore store, LinkTokens tokens, ILoggerFactory logs,
        CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.RunExport), Queues.RunExport, message?.OrganizationId, message?.ExportId))
            return;
        var (organizationId, exportId) = message!;
        var scope = new Scope(organizationId);
        var row = await db.Find<Row>(scope, ClaimSql, new { ExportId = exportId, db.Now, LeaseEnd = db.Now + Lease }, ct);
        if (row is null)
            return;
        var caller = await callers.OfUser(organizationId, row.UserId, ct) is { } user ? user with { Permission = Permission.ExportData } : null;
        if (caller is null || row.Attempts > MostAttempts)
        {
            var error = caller is null ? "You were not active any more." : "It could not be written, several times.";
            await db.Execute(scope, FailSql, new { ExportId = exportId, Error = error, db.Now }, ct);
            return;
        }

        try
        {
            await Run(db, caller, store, tokens, exportId, row, ct);
        }
        catch
        {
            await db.Execute(scope, ReleaseSql, new { ExportId = exportId, row.Attempts, db.Now }, CancellationToken.None);
            throw;
        }
    }

    private static async Task Run(Db db, Caller caller, FileStore store, LinkTokens tokens, Guid exportId, Row row, CancellationToken ct)
    {
        var scope = caller.Organization;
        // Whatever was refused then was not queued; what the user may by now follows from the caller.
        var plan = ExportPlan.Of(row.Request.Deserialize<ExportRequest>(JsonSerializerOptions.Web)!, caller, row.CreatedAt).Plan;
        if (plan is null)
        {
            await db.Execute(scope, FailSql, new { ExportId = exportId, Error = "You may not see this any more.", db.Now }, ct);
            return;
        }

        var file = await StoredFiles.Begin(db, scope, "export", exportId, plan.ContentType, plan.IsExcel ? "xlsx" : "csv", 0, ct);
        await using var output = store.Upload(new(file.Key, plan.ContentType), ct);
        var rows = await plan.Write(
            db, output,
            rows => db.Execute(scope, ProgressSql, new { ExportId = exportId, row.Attempts, Rows = rows, db.Now, LeaseEnd = db.Now + Lease }, ct), ct);
        await output.Complete();
        await db.Transaction(
            scope,
            async tx =>
            {
                var expiresAt = tx.Now + Kept;
                var finished = await tx.Execute(FinishSql, new
                {
                    ExportId = exportId,
                    row.Attempts,
                    Rows = rows,
                    FileId = file.Id,
                    Hash = LinkTokens.Hash(tokens.Export(exportId)),
                    ExpiresAt = expiresAt,
                    tx.Now,
                });
                if (finished == 0 || !await StoredFiles.Keep(tx, file, until: expiresAt, output.Length))
                {
                    tx.Abandon();
                    return false;
                }

                await tx.Audit(caller.UserId, "data.exported", "export", exportId, new { plan.Type, plan.Format, rows });
                var address = (await tx.Find<string>(AddressSql, new { caller.UserId }))!;
                await tx.SendEmail(address, new ExportReadyLetter(exportId, row.FileName, rows, expiresAt));
                return true;
            },
            ct);
    }
}

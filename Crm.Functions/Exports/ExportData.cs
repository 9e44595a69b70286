using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Exports;

public static class ExportData
{
    private const string InsertSql = """
        insert into exports (organization_id, id, user_id, request, type, format, file_name, expected, created_at, updated_at)
        values (@OrganizationId, @Id, @UserId, @Request::jsonb, @Type, @Format, @FileName, @Expected, @Now, @Now)
        """;

    /// <summary>Contacts, deals, invoices or products as a CSV or Excel file, with the filters of their lists.</summary>
    /// <remarks>
    /// A file of more than 50,000 rows (a setting) is made in the background: 202 with its <c>jobId</c>; GET /reports/export/{id} says how far it is, and a
    /// mail brings the link. For <c>window.open</c>, which sends no header, POST /reports/export/tickets gives an address that is good once.
    /// </remarks>
    [Function("ExportData"), Tags("Exports"), Allow(Permission.ExportData), TakesTicket]
    public static async Task<ExportReply> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/export")] HttpContext context,
        [AsParameters] ExportRequest request, Caller caller, Db db, FileStore store, ExportLimits limits, CancellationToken ct)
    {
        if (context.Features.Get<UsedTicket>() is { } ticket)
            request = ticket.Request.Deserialize<ExportRequest>(JsonSerializerOptions.Web)!;
        var (plan, fault) = ExportPlan.Of(request, caller, db.Now);
        if (plan is null)
            return fault!;
        var count = await plan.Count(db, limits.DirectRows, ct);
        if (count > limits.DirectRows)
            return store.IsConfigured ? await Queue(request, plan, caller, db, ct) : Errors.UploadsNotConfigured;

        await db.Transaction(
            caller.Organization,
            async tx =>
            {
                await tx.Audit(caller.UserId, "data.exported", "export", null, new { plan.Type, plan.Format, rows = count });
                return true;
            },
            ct);
        return ExportReply.File(plan.FileName, plan.ContentType, (output, ct) => plan.Write(db, output, null, ct));
    }

    private static async Task<ExportReply> Queue(ExportRequest request, ExportPlan plan, Caller caller, Db db, CancellationToken ct)
    {
        var expected = await plan.Estimate(db, ct);
        return await db.Transaction<ExportReply>(
            caller.Organization,
            async tx =>
            {
                var id = Guid.CreateVersion7(tx.Now);
                await tx.Execute(InsertSql, new
                {
                    Id = id,
                    caller.UserId,
                    Request = JsonSerializer.Serialize(request, JsonSerializerOptions.Web),
                    plan.Type,
                    plan.Format,
                    plan.FileName,
                    Expected = expected,
                    tx.Now,
                });
                await tx.Send(Queues.RunExport, new RunExport.Message(caller.OrganizationId, id));
                return (await tx.Find<Export>(Export.ByIdSql, new { Id = id }))!;
            },
            ct);
    }
}

/// <summary>Settings of exports, section <c>Exports</c>.</summary>
public sealed record ExportLimits
{
    public const string Section = "Exports";

    /// <summary>A file of more rows is made in the background.</summary>
    public long DirectRows { get; init; } = 50_000;
}

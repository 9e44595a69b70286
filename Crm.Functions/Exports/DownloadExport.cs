using System.Buffers.Text;
using Crm.Functions.Audit;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Exports;

public static class DownloadExport
{
    private const int TokenLength = 43;

    /// <summary>The address that the store itself gives a file at is good for as long.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private sealed record Found(Guid OrganizationId, Guid Id, DateTimeOffset ExpiresAt, string FileName, string Format, string? StorageKey);

    private const string FindSql = """
        select e.organization_id, e.id, e.expires_at, e.file_name, e.format, f.storage_key
        from exports e
        left join stored_files f on f.organization_id = e.organization_id and f.id = e.file_id and (f.unwanted_at is null or f.unwanted_at > @Now)
        where e.token_hash = @Hash
          and e.status = 'completed'
        """;

    /// <summary>The file of an export, for whoever has the link of the mail: the store gives it out itself.</summary>
    [Function("DownloadExport"), ExcludeFromDescription, AllowAnonymous]
    public static async Task<IResult> Handle(
        [HttpTrigger(Anonymous, "get", Route = "public/exports/{token}")] HttpContext context,
        string token, Db db, FileStore store, CancellationToken ct)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        if (token.Length != TokenLength || !Base64Url.IsValid(token)
            || await db.Find<Found>(Scope.Global, FindSql, new { Hash = LinkTokens.Hash(token), db.Now }, ct) is not { } export)
            return new Refusal(Errors.ExportNotFound);
        if (export.ExpiresAt <= db.Now || export.StorageKey is null)
            return new Refusal(Errors.ExportExpired);
        await db.Transaction(
            new Scope(export.OrganizationId),
            async tx =>
            {
                await tx.Audit(null, "export.downloaded", "export", export.Id);
                return true;
            },
            ct);
        var type = export.Format == "excel" ? ExportPlan.Excel : ExportPlan.Csv;
        return Results.Redirect(store.Link(export.StorageKey, export.FileName, type, Lifetime));
    }
}

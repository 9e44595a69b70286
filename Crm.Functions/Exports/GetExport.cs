using Crm.Functions.Auth;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Exports;

public static class GetExport
{
    /// <summary>How far an export is that is made in the background, and where its file is.</summary>
    [Function("GetExport"), Tags("Exports"), Allow(Permission.ExportData)]
    public static async Task<Reply<Export>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/export/{id:guid}")] HttpRequest http,
        Guid id, Caller caller, Db db, Links links, LinkTokens tokens, CancellationToken ct)
    {
        var scope = caller.Scope;
        if (await db.Find<Export>(scope, Export.ByIdSql, new { Id = id }, ct) is not { } export)
            return await Access.Refusal(db, scope, Owned.Export, id, Errors.ExportNotFound, ct);
        return export is { Status: "completed" } && export.ExpiresAt > db.Now
            ? export with { Url = links.Export(tokens.Export(id, export.TokenHash)) }
            : export;
    }
}

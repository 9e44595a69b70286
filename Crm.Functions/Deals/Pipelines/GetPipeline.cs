using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

public static class GetPipeline
{
    /// <summary>One pipeline with its stages and statistics; for staff the statistics of their own deals.</summary>
    [Function("GetPipeline"), Tags("Pipelines"), Allow(Permission.ReadPipelines)]
    public static async Task<Reply<Pipeline>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "pipelines/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.ScopeOf(Permission.ReadDeals);
        var rows = await db.List<StageRow>(scope, StageRow.OneSql, new { PipelineId = id }, ct);
        if (rows.Count == 0)
            return Errors.PipelineNotFound;
        return StageRow.ToPipelines(rows, await StageTotal.Of(db, scope, [.. rows.Select(row => row.Id)], ct))[0];
    }
}

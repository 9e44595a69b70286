using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

public static class ListPipelines
{
    public sealed record Response(IReadOnlyList<Pipeline> Pipelines);

    private const string Sql = $"""
        {StageRow.Select}
        {StageRow.InOrder}
        """;

    /// <summary>All pipelines with their stages and statistics; for staff the statistics of their own deals.</summary>
    /// <param name="includeStats">Whether to count and sum up; without, the stages alone are shown.</param>
    [Function("ListPipelines"), Tags("Pipelines"), Allow(Permission.ReadPipelines)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "pipelines")] HttpRequest http, Caller caller, Db db, CancellationToken ct, bool includeStats = true)
    {
        var scope = caller.ScopeOf(Permission.ReadDeals);
        var rows = await db.List<StageRow>(scope, Sql, null, ct);
        var totals = includeStats ? await StageTotal.Of(db, scope, [.. rows.Select(row => row.Id)], ct) : null;
        return new Response(StageRow.ToPipelines(rows, totals));
    }
}

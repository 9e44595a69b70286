using System.Text.Json.Serialization;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>The board's pipeline.</summary>
public sealed record PipelineBrief(Guid Id, string Name);

/// <summary>A column of the board: what all its deals add up to, and the first of them.</summary>
public sealed record BoardStage : Stage
{
    /// <summary>Whether there are more deals than these.</summary>
    [JsonPropertyOrder(1)]
    public required bool HasMore { get; init; }

    /// <summary>The deals of this page, in the order of the column.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<Deal> Deals { get; init; }
}

/// <summary>The board view.</summary>
internal static class Board
{
    private const int DefaultPerStage = 25;
    private const int MostPerStage = 100;

    public static async Task<Reply<ListDeals.Response>> Read(DealFilter filter, int? perStage, Paging paging, Scope scope, Db db, CancellationToken ct)
    {
        var all = await db.List<StageRow>(
            scope, filter.PipelineId is null ? StageRow.DefaultSql : StageRow.OneSql, new { filter.PipelineId }, ct);
        if (all.Count == 0)
            return Errors.PipelineNotFound;
        var stages = all
            .Where(stage => (filter.StageId ?? stage.Id) == stage.Id && filter.Statuses?.Contains(stage.Type, StringComparer.Ordinal) != false).ToArray();
        if (filter.StageId is not null && all.All(stage => stage.Id != filter.StageId))
            return Errors.StageNotInPipeline;

        paging = paging with { Size = Math.Min(perStage ?? DefaultPerStage, MostPerStage), Cursor = null };
        var stageIds = stages.Select(stage => stage.Id).ToArray();
        var totals = await Totals(filter, stageIds, scope, db, ct);
        // An empty column is not searched: finding nothing would read all of it.
        var filled = stageIds.Where(id => totals.Exists(total => total.StageId == id)).ToArray();
        var cards = (filled.Length == 0 ? [] : await Cards(filter, filled, paging, scope, db, ct)).ToLookup(deal => deal.StageId);
        BoardStage[] columns = [.. stages.Select(stage => Column(stage, totals, [.. cards[stage.Id]], paging))];
        return new ListDeals.Response(
            new(all[0].PipelineId, all[0].PipelineName), columns, [.. columns.SelectMany(column => column.Deals)], Meta(columns, paging));
    }

    private static Task<List<StageTotal>> Totals(DealFilter filter, Guid[] stageIds, Scope scope, Db db, CancellationToken ct)
    {
        if (filter.IsPlain)
            return StageTotal.Of(db, scope, stageIds, ct);
        // Stage by stage, each one stretch of deals_board alone: all at once tempts the planner to an index of the filter and to every deal found there.
        var sql = $"""
            select board.stage_id, total.*, 0::numeric as own_value, 0::numeric as own_weighted, 0::bigint as seconds_to_close
            from unnest(@StageIds) as board (stage_id)
            cross join lateral (
                select d.currency, count(*) as deals, sum(d.value) as value
                from deals_of_caller d
                where d.organization_id = @OrganizationId
                  and d.stage_id = board.stage_id{filter.Conditions}
                group by d.currency) total
            """;
        return db.Search<StageTotal>(scope, sql, Args(filter, stageIds, default, db), ct);
    }

    private static Task<List<Deal>> Cards(DealFilter filter, Guid[] stageIds, Paging paging, Scope scope, Db db, CancellationToken ct)
    {
        // Each column is the beginning of one stretch of deals_board, or for one owner of deals_own_column, filtered or not: of a pipeline of 100,000 deals
        // 150 cards took 1 ms, of one of 1,000 deals 0.9 ms; page 100 of a column 1.8 ms. Each card is fetched by its id: as a join, a plan made for all
        // values read all deals.
        var sql = $"""
            select {Deal.Columns}
            from unnest(@StageIds) with ordinality as board (stage_id, place)
            cross join lateral (
                select d.id
                from {(filter.IsPlain ? "deals" : "deals_of_caller")} d
                where d.organization_id = @OrganizationId
                  and d.stage_id = board.stage_id{filter.Conditions}
                order by d.rank, d.id
                limit @Size
                offset @Offset) card
            cross join lateral (
                select *
                from deals x
                where x.organization_id = @OrganizationId
                  and x.id = card.id
                limit 1) d
            {Deal.Joins}
            order by board.place, d.rank, d.id
            """;
        var args = Args(filter, stageIds, paging, db);
        return filter.IsPlain ? db.List<Deal>(scope, sql, args, ct) : db.Search<Deal>(scope, sql, args, ct);
    }

    private static object Args(DealFilter filter, Guid[] stageIds, Paging? paging, Db db) => new
    {
        StageIds = stageIds,
        filter.ContactId,
        filter.Pattern,
        filter.WordPattern,
        filter.MinValue,
        filter.MaxValue,
        filter.CloseFrom,
        filter.CloseTo,
        db.Now,
        Size = paging?.Size,
        Offset = paging?.Offset,
    };

    private static BoardStage Column(StageRow row, IReadOnlyList<StageTotal> totals, Deal[] deals, Paging paging)
    {
        var stage = row.ToStage(totals);
        return new()
        {
            Id = stage.Id,
            Name = stage.Name,
            Order = stage.Order,
            Type = stage.Type,
            Probability = stage.Probability,
            DealCount = stage.DealCount,
            TotalValue = stage.TotalValue,
            ByCurrency = stage.ByCurrency,
            HasMore = stage.DealCount > paging.Offset + deals.Length,
            Deals = [.. deals.Select((deal, index) => deal with { Position = paging.Offset + index })],
        };
    }

    // A page of the board is that page of every column.
    private static PageMeta Meta(BoardStage[] columns, Paging paging)
    {
        var total = columns.Sum(column => column.DealCount ?? 0);
        var longest = columns.Select(column => column.DealCount ?? 0).DefaultIfEmpty().Max();
        var pages = (int)((longest + paging.Size - 1) / paging.Size);
        return new(new Pagination(paging.Page, paging.Size, total, pages, paging.Page < pages, paging.Page > 1 && total > 0, null, null));
    }
}

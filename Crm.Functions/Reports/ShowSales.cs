using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Reports;

public static class ShowSales
{
    private const int Top = 10;
    private const int SecondsADay = 86_400;

    [ValidatableType]
    public sealed record Filter : ReportFilter
    {
        /// <summary>The deals of this pipeline only; otherwise those of all.</summary>
        [FromQuery]
        public Guid? PipelineId { get; init; }
    }

    /// <param name="Period">The days it is about.</param>
    /// <param name="Currency">The organisation's, of every amount that names none.</param>
    /// <param name="DealStages">What stands in each stage now.</param>
    /// <param name="RevenueOverTime">What was won and received, with a point for each day, week or month.</param>
    /// <param name="TopPerformers">Who won most in the period: by value in the organisation's currency, then by deals. Staff see themselves.</param>
    /// <param name="PipelineMetrics">How the pipeline does.</param>
    public sealed record Response(
        ReportPeriod Period, string Currency, IReadOnlyList<StageSum> DealStages, IReadOnlyList<RevenuePoint> RevenueOverTime,
        IReadOnlyList<Performer> TopPerformers, SalesMetrics PipelineMetrics);

    /// <param name="StageId">The stage.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">open, won or lost.</param>
    /// <param name="PipelineId">The pipeline it is of.</param>
    /// <param name="Count">How many deals are there now.</param>
    /// <param name="Value">What those in the organisation's currency are worth.</param>
    /// <param name="ByCurrency">All currencies apart, where there are others.</param>
    public sealed record StageSum(
        Guid StageId, string Name, string Type, Guid PipelineId, long Count, decimal Value,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CurrencyTotal>? ByCurrency);

    /// <param name="Date">The first day it stands for.</param>
    /// <param name="Won">The value of the deals won, in the organisation's currency.</param>
    /// <param name="Paid">Money received less what was given back, in the organisation's currency, of all pipelines.</param>
    public sealed record RevenuePoint(DateOnly Date, decimal Won, decimal Paid);

    /// <param name="UserId">The colleague.</param>
    /// <param name="Name">Their name.</param>
    /// <param name="WonCount">Deals they won in the period, in any currency.</param>
    /// <param name="WonValue">What those in the organisation's currency are worth.</param>
    public sealed record Performer(Guid UserId, string Name, long WonCount, decimal WonValue);

    /// <param name="TotalValue">What the open deals are worth now.</param>
    /// <param name="WeightedValue">The forecast: each open deal's value times its probability.</param>
    /// <param name="WonCount">Deals won in the period.</param>
    /// <param name="LostCount">Deals lost in the period.</param>
    /// <param name="WonValue">What the won ones are worth.</param>
    /// <param name="WonByCurrency">All currencies apart, where there are others.</param>
    /// <param name="ChangePct">The value won against the period before, in percent; null when there was none before.</param>
    /// <param name="WinRate">Won deals among those closed in the period, in percent.</param>
    /// <param name="AvgDealSize">The mean value of the won ones in the organisation's currency; 0 when there are none.</param>
    /// <param name="AvgSalesCycleDays">The mean days from creation to winning; null when nothing was won.</param>
    /// <param name="Conversion">Of the deals open now and those won in the period, how many have reached each open stage or gone past it.</param>
    public sealed record SalesMetrics(
        decimal TotalValue, decimal WeightedValue, long WonCount, long LostCount, decimal WonValue,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CurrencyAmount>? WonByCurrency,
        string? ChangePct, string WinRate, decimal AvgDealSize, decimal? AvgSalesCycleDays, IReadOnlyList<Conversion> Conversion);

    /// <param name="StageId">The stage.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Reached">Deals of its pipeline that stand in it or in a later one now, or were won in the period.</param>
    /// <param name="Rate">In percent of those that reached the first stage of the pipeline.</param>
    public sealed record Conversion(Guid StageId, string Name, long Reached, string Rate);

    private const string AllStagesSql = $"""
        {StageRow.Select}
        {StageRow.InOrder}
        """;

    // A year with 200,000 deals, 40,000 of them won in it, and 160,000 payments takes 110 to 190 ms on a busy machine.
    private static string Sql(Scope scope, bool isOnePipeline) => ReportSql.All(
        ReportSql.DealsClosed(scope, "won", isOnePipeline), ReportSql.DealsClosed(scope, "lost", isOnePipeline), ReportSql.Revenue(scope),
        $"""
        (select 'performer', 0, u.id::text, btrim(u.first_name || ' ' || u.last_name), w.won, w.value, 0
         from (
             select d.owner_id, count(*) as won, coalesce(sum(d.value) filter (where d.currency = o.currency), 0) as value
             from organizations o
             join {ReportSql.Spans} on b.n = {Stretches.Whole}
             join deals d on d.organization_id = o.id and d.status = 'won' and d.deleted_at is null and d.closed_at >= b.starts and d.closed_at < b.ends
             where o.id = @OrganizationId{ReportSql.Own(scope, "d.owner_id")}{(isOnePipeline ? " and d.pipeline_id = @PipelineId" : "")}
             group by d.owner_id
             order by value desc, won desc, d.owner_id
             limit {Top}) w
         join users u on u.organization_id = @OrganizationId and u.id = w.owner_id)
        """);

    /// <summary>What is in the pipeline, what was won, lost and received, and who won it.</summary>
    /// <remarks>
    /// Staff see their own deals, and what came in for their own invoices. Amounts are in the organisation's currency; unlike ones are never added.
    /// </remarks>
    [Function("ShowSales"), Tags("Reports"), Allow(Permission.ReadReports)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/sales")] HttpRequest http, [AsParameters] Filter filter, Caller caller, Db db, CancellationToken ct)
    {
        var report = Report.Of(filter, caller, db.Now, filter.PipelineId);
        if (report.Period is not { } period)
            return report.Error!;
        var scope = caller.Scope;
        var stages = await db.List<StageRow>(scope, filter.PipelineId is null ? AllStagesSql : StageRow.OneSql, new { filter.PipelineId }, ct);
        if (stages.Count == 0 && filter.PipelineId is not null)
            return Errors.PipelineNotFound;
        var totals = await StageTotal.Of(db, scope, [.. stages.Select(stage => stage.Id)], ct);
        var figures = new Figures(await db.Search<Figure>(scope, Sql(scope, filter.PipelineId is not null), report.Stretches, ct));
        return Report.Answer(new Response(
            period, figures.Currency,
            [.. stages.Select(stage => Sum(stage, totals))],
            report.Points((date, at) => new RevenuePoint(date, figures.Amount("won", at), figures.Amount("revenue", at))),
            [.. figures.Of("performer").OrderByDescending(who => who.Amount).ThenByDescending(who => who.Rows).ThenBy(who => who.Key, StringComparer.Ordinal)
                .Select(who => new Performer(Guid.Parse(who.Key!), who.Name!, who.Rows, 0.00m + who.Amount))],
            Metrics(stages, totals, figures)));
    }

    private static StageSum Sum(StageRow row, List<StageTotal> totals)
    {
        var stage = row.ToStage(totals);
        return new(stage.Id, stage.Name, stage.Type, row.PipelineId, stage.DealCount!.Value, stage.TotalValue!.Value, stage.ByCurrency);
    }

    private static SalesMetrics Metrics(List<StageRow> stages, List<StageTotal> totals, Figures figures)
    {
        var now = PipelineStats.Of(stages, totals, figures.Currency);
        var won = figures.Of("won", Stretches.Whole).ToArray();
        var (wonCount, lostCount) = (won.Sum(figure => figure.Rows), figures.Count("lost", Stretches.Whole));
        var own = figures.Own("won", Stretches.Whole).Sum(figure => figure.Rows);
        var value = figures.Amount("won", Stretches.Whole);
        return new(
            now.OpenValue, now.WeightedValue, wonCount, lostCount, value, figures.ByCurrency("won"),
            Rates.Change(value, figures.Amount("won", Stretches.Before)), Rates.Percent(wonCount, wonCount + lostCount),
            own == 0 ? 0.00m : Money.Cents(value / own),
            wonCount == 0 ? null : Math.Round((decimal)won.Sum(figure => figure.Seconds) / SecondsADay / wonCount, 1, MidpointRounding.AwayFromZero),
            [.. stages.GroupBy(stage => stage.PipelineId).SelectMany(pipeline => Reached(pipeline, totals, figures))]);
    }

    private static IEnumerable<Conversion> Reached(IGrouping<Guid, StageRow> pipeline, List<StageTotal> totals, Figures figures)
    {
        var open = pipeline.Where(stage => stage.Type == StageType.Open).ToArray();
        var won = figures.Of("won", Stretches.Whole).Where(figure => figure.Name == pipeline.Key.ToString()).Sum(figure => figure.Rows);
        var deals = open.Select(stage => totals.Where(total => total.StageId == stage.Id).Sum(total => total.Deals)).ToArray();
        var reached = open.Select((_, at) => won + deals[at..].Sum()).ToArray();
        return open.Select((stage, at) => new Conversion(stage.Id, stage.Name, reached[at], Rates.Percent(reached[at], reached[0])));
    }
}

using System.Globalization;
using System.Text.Json.Serialization;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>A sequence of stages that deals pass through.</summary>
public sealed record Pipeline
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Whether new deals and the board start here.</summary>
    public required bool IsDefault { get; init; }
    public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>Left out when statistics were not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PipelineStats? Stats { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What the deals of a pipeline add up to; sums are in the organisation's currency.</summary>
/// <param name="TotalDeals">All deals, open and closed.</param>
/// <param name="OpenDeals">The open ones.</param>
/// <param name="TotalValue">The value of all deals.</param>
/// <param name="OpenValue">The value of the open ones.</param>
/// <param name="WonValue">The value of the won ones.</param>
/// <param name="WeightedValue">The forecast: each open deal's value times its probability.</param>
/// <param name="WonCount">Deals won.</param>
/// <param name="LostCount">Deals lost.</param>
/// <param name="WinRate">Won deals among the closed ones, in percent.</param>
/// <param name="AvgDealSize">The mean value of all deals.</param>
/// <param name="AvgDaysToClose">The mean days from creation to winning; null while nothing is won.</param>
/// <param name="ByCurrency">All currencies apart, where there are others than the organisation's.</param>
public sealed record PipelineStats(
    long TotalDeals, long OpenDeals, decimal TotalValue, decimal OpenValue, decimal WonValue, decimal WeightedValue, long WonCount, long LostCount,
    string WinRate, decimal AvgDealSize, decimal? AvgDaysToClose,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CurrencyTotal>? ByCurrency)
{
    private const int SecondsADay = 86_400;

    /// <summary>The statistics of a pipeline from its stages' totals.</summary>
    internal static PipelineStats Of(IReadOnlyList<StageRow> stages, IReadOnlyList<StageTotal> totals, string currency)
    {
        var rows = (from stage in stages join total in totals on stage.Id equals total.StageId select (stage, total)).ToArray();
        var own = rows.Where(row => row.total.Currency == currency).ToArray();
        long Deals(string type) => rows.Where(row => row.stage.Type == type).Sum(row => row.total.Deals);
        decimal Value(string type) => own.Where(row => row.stage.Type == type).Sum(row => row.total.Value);

        var (won, lost) = (Deals(StageType.Won), Deals(StageType.Lost));
        var ownDeals = own.Sum(row => row.total.Deals);
        var value = own.Sum(row => row.total.Value);
        var weighted = own.Where(row => row.stage.Type == StageType.Open)
            .Sum(row => (row.total.Value - row.total.OwnValue) * row.stage.Probability + row.total.OwnWeighted) / 100;
        var seconds = rows.Where(row => row.stage.Type == StageType.Won).Sum(row => row.total.SecondsToClose);
        return new(
            rows.Sum(row => row.total.Deals), Deals(StageType.Open), Money(value),
            Money(Value(StageType.Open)), Money(Value(StageType.Won)), Money(weighted), won, lost,
            (won + lost == 0 ? 0 : 100m * won / (won + lost)).ToString("0.00", CultureInfo.InvariantCulture),
            Money(ownDeals == 0 ? 0 : value / ownDeals),
            won == 0 ? null : Math.Round((decimal)seconds / SecondsADay / won, 1, MidpointRounding.AwayFromZero),
            CurrencyTotal.Of(rows.Select(row => row.total), currency));
    }

    private static decimal Money(decimal amount) => DealFields.Cents(amount);
}

/// <summary>A stage together with its pipeline, as the database has them.</summary>
internal sealed record StageRow
{
    public required Guid PipelineId { get; init; }
    public required string PipelineName { get; init; }
    public required bool IsDefault { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required int Order { get; init; }
    public required string Type { get; init; }
    public required int Probability { get; init; }

    /// <summary>The organisation's.</summary>
    public required string Currency { get; init; }

    /// <summary>The stages of the organisation's pipelines: the default pipeline first, each in its order.</summary>
    public const string Select = """
        select p.id as pipeline_id, p.name as pipeline_name, p.is_default, p.created_at, p.updated_at,
               s.id, s.name, s.position as "order", s.type, s.probability, o.currency
        from pipelines p
        join organizations o on o.id = p.organization_id
        join stages s on s.organization_id = p.organization_id and s.pipeline_id = p.id and s.deleted_at is null
        where p.organization_id = @OrganizationId
          and p.deleted_at is null
        """;

    public const string InOrder = """
        order by p.is_default desc, p.created_at, p.id, s.position, s.id
        """;

    public const string OneSql = $"""
        {Select}
          and p.id = @PipelineId
        {InOrder}
        """;

    public const string DefaultSql = $"""
        {Select}
          and p.is_default
        {InOrder}
        """;

    private const string ByIdsSql = $"""
        {Select}
          and s.id = any(@StageIds)
        """;

    /// <summary>Stages with their totals, as the transaction sees them and the caller may.</summary>
    public static async Task<IReadOnlyList<Stage>> Read(DbTransaction tx, Guid[] stageIds)
    {
        var totals = await StageTotal.Of(tx, stageIds);
        return [.. (await tx.List<StageRow>(ByIdsSql, new { StageIds = stageIds })).Select(row => row.ToStage(totals))];
    }

    /// <summary>As clients see it; without totals when <paramref name="totals"/> is null.</summary>
    public Stage ToStage(IEnumerable<StageTotal>? totals)
    {
        var own = totals?.Where(total => total.StageId == Id).ToArray();
        return new()
        {
            Id = Id,
            Name = Name,
            Order = Order,
            Type = Type,
            Probability = Probability,
            DealCount = own?.Sum(total => total.Deals),
            TotalValue = own is null ? null : DealFields.Cents(own.Where(total => total.Currency == Currency).Sum(total => total.Value)),
            ByCurrency = own is null ? null : CurrencyTotal.Of(own, Currency),
        };
    }

    /// <summary>The pipelines these stages are of; without statistics when <paramref name="totals"/> is null.</summary>
    public static IReadOnlyList<Pipeline> ToPipelines(IEnumerable<StageRow> rows, IReadOnlyList<StageTotal>? totals) =>
    [
        .. from row in rows
           group row by row.PipelineId into stages
           let first = stages.First()
           select new Pipeline
           {
               Id = first.PipelineId,
               Name = first.PipelineName,
               IsDefault = first.IsDefault,
               Stages = [.. stages.Select(stage => stage.ToStage(totals))],
               Stats = totals is null ? null : PipelineStats.Of([.. stages], totals, first.Currency),
               CreatedAt = first.CreatedAt,
               UpdatedAt = first.UpdatedAt,
           },
    ];

    /// <summary>One pipeline with its statistics, as the transaction sees it.</summary>
    public static async Task<Pipeline> Read(DbTransaction tx, Guid pipelineId)
    {
        var rows = await tx.List<StageRow>(OneSql, new { PipelineId = pipelineId });
        return ToPipelines(rows, await StageTotal.Of(tx, [.. rows.Select(row => row.Id)]))[0];
    }
}

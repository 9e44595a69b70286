using System.Text.Json.Serialization;
using Crm.Shared;

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
            Rates.Percent(won, won + lost),
            Money(ownDeals == 0 ? 0 : value / ownDeals),
            won == 0 ? null : Math.Round((decimal)seconds / SecondsADay / won, 1, MidpointRounding.AwayFromZero),
            CurrencyTotal.Of(rows.Select(row => row.total), currency));
    }

    private static decimal Money(decimal amount) => Crm.Shared.Money.Cents(amount);
}

using System.Text.Json.Serialization;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>The kind of stage, by name: deals in an open stage are open, those in a won or lost one are closed.</summary>
public static class StageType
{
    public const string Open = "open";
    public const string Won = "won";
    public const string Lost = "lost";
}

/// <summary>A stage as a deal or a reply names it.</summary>
/// <param name="Id">The stage.</param>
/// <param name="Name">The name.</param>
/// <param name="Type">open, won or lost.</param>
public sealed record StageBrief(Guid Id, string Name, string Type);

/// <summary>A stage of a pipeline, with what its deals add up to unless statistics were not asked for.</summary>
public record Stage
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }

    /// <summary>From 0.</summary>
    public required int Order { get; init; }

    /// <summary>open, won or lost.</summary>
    public required string Type { get; init; }

    /// <summary>How likely a deal here is won, in percent.</summary>
    public required int Probability { get; init; }

    /// <summary>How many deals are here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? DealCount { get; init; }

    /// <summary>The sum of the deals in the organisation's currency.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? TotalValue { get; init; }

    /// <summary>All currencies apart, where there are others than the organisation's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CurrencyTotal>? ByCurrency { get; init; }
}

/// <summary>The deals in one currency.</summary>
public sealed record CurrencyTotal(string Currency, long DealCount, decimal TotalValue)
{
    /// <summary>The totals a currency, or null when all deals are in the organisation's.</summary>
    public static IReadOnlyList<CurrencyTotal>? Of(IEnumerable<StageTotal> totals, string own)
    {
        CurrencyTotal[] all =
        [
            .. from total in totals
               group total by total.Currency into one
               orderby one.Key
               select new CurrencyTotal(one.Key, one.Sum(total => total.Deals), one.Sum(total => total.Value)),
        ];
        return all.All(total => total.Currency == own) ? null : all;
    }
}

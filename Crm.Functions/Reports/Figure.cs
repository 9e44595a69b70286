namespace Crm.Functions.Reports;

/// <summary>A number of a report, as its statement returns them all.</summary>
/// <param name="Kind">What is counted.</param>
/// <param name="Number">In which of the <see cref="Stretches"/>.</param>
/// <param name="Key">Of what: a currency, a source, an id.</param>
/// <param name="Name">How that is called.</param>
/// <param name="Rows">How many.</param>
/// <param name="Amount">What they come to.</param>
/// <param name="Seconds">How long they took.</param>
internal sealed record Figure(string Kind, int Number, string? Key, string? Name, long Rows, decimal Amount, long Seconds);

/// <summary>The numbers of a report, to be looked up.</summary>
internal sealed class Figures(IEnumerable<Figure> figures)
{
    private readonly ILookup<string, Figure> _figures = figures.ToLookup(figure => figure.Kind, StringComparer.Ordinal);

    /// <summary>The organisation's own currency: that of every amount that names none.</summary>
    public string Currency => _figures["currency"].Single().Key!;

    /// <summary>Those of a stretch; of the whole period also what was counted point by point.</summary>
    public IEnumerable<Figure> Of(string kind, int number = 0) =>
        _figures[kind].Where(figure => figure.Number == number || number == Stretches.Whole && figure.Number > 0);

    public long Count(string kind, int number = 0) => Of(kind, number).Sum(figure => figure.Rows);

    /// <summary>In the organisation's own currency.</summary>
    public decimal Amount(string kind, int number = 0) => 0.00m + Own(kind, number).Sum(figure => figure.Amount);

    /// <summary>Those in the organisation's own currency.</summary>
    public IEnumerable<Figure> Own(string kind, int number = 0) => Of(kind, number).Where(figure => figure.Key == Currency);

    /// <summary>All currencies apart; null where there is no other than the organisation's.</summary>
    public IReadOnlyList<CurrencyAmount>? ByCurrency(string kind, int number = Stretches.Whole)
    {
        CurrencyAmount[] all =
        [
            .. Of(kind, number).GroupBy(figure => figure.Key!, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new CurrencyAmount(group.Key, 0.00m + group.Sum(figure => figure.Amount))),
        ];
        return all.All(amount => amount.Currency == Currency) ? null : all;
    }
}

/// <summary>An amount of one currency: unlike ones are never added.</summary>
public sealed record CurrencyAmount(string Currency, decimal Amount);

/// <summary>A point of a series.</summary>
/// <param name="Date">The first day it stands for.</param>
/// <param name="Count">How many.</param>
public sealed record CountPoint(DateOnly Date, long Count);

/// <summary>A point of a series of money.</summary>
/// <param name="Date">The first day it stands for.</param>
/// <param name="Amount">How much, in the organisation's currency.</param>
public sealed record AmountPoint(DateOnly Date, decimal Amount);

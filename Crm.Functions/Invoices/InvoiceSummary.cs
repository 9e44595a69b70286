using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices;

/// <summary>What invoices of one currency add up to.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Total">What they come to.</param>
/// <param name="Paid">What came in for them, less what was given back.</param>
/// <param name="Outstanding">What is still to be paid.</param>
public sealed record InvoiceSummary(string Currency, decimal Total, decimal Paid, decimal Outstanding)
{
    private const int Most = 10_000;

    private sealed record Row(string Currency, long Matches, decimal Total, decimal Paid, decimal Outstanding);

    internal static InvoiceSummary[] Of(IEnumerable<InvoiceFigure> figures, string[]? statuses) =>
    [
        .. figures.Where(figure => statuses is null ? figure.Counts : statuses.Contains(figure.Status, StringComparer.Ordinal))
            .GroupBy(figure => figure.Currency, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new InvoiceSummary(
                group.Key, group.Sum(figure => figure.Total), group.Sum(figure => figure.Paid), 0.00m + group.Sum(figure => figure.Outstanding))),
    ];

    /// <summary>Of the invoices that match, up to so many; null when there are more.</summary>
    internal static async Task<InvoiceSummary[]?> OfMatches(Db db, Scope scope, string where, object criteria, bool ofAllStates, CancellationToken ct)
    {
        var counts = ofAllStates ? "true" : "status not in ('draft', 'cancelled')";
        var rows = await db.Search<Row>(scope, $"""
            select currency, count(*) as matches, coalesce(sum(total) filter (where {counts}), 0.00) as total,
                   coalesce(sum(amount_paid) filter (where {counts}), 0.00) as paid,
                   coalesce(sum(total - amount_paid - amount_credited) filter (where status = '{InvoiceStates.Sent}'), 0.00) as outstanding
            from (
                select i.currency, i.status, i.total, i.amount_paid, i.amount_credited
                from invoices_of_caller i
                {where}
                limit {Most + 1}) matching
            group by currency
            order by currency
            """, criteria, ct);
        return rows.Sum(row => row.Matches) > Most ? null : [.. rows.Select(row => new InvoiceSummary(row.Currency, row.Total, row.Paid, row.Outstanding))];
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Shared.Database;

namespace Crm.Functions.Requests;

/// <summary>How many rows a list has: exact up to 10,000, perhaps an estimate beyond.</summary>
public readonly record struct Total(long Count, bool IsEstimate)
{
    public const int ExactUpTo = 10_000;
}

/// <summary>
/// Counts lists without paying for the large ones: counting 800,000 rows costs a hundred times the page itself. The planner's
/// estimate tells the large from the small; small ones are counted, large ones are not, and their estimate is kept for a minute.
/// </summary>
public sealed class Totals(TimeProvider clock)
{
    /// <summary>Estimates are off by less than this factor, so that a list believed larger has more than 10,000 rows.</summary>
    private const int Margin = 3;
    private const int MostRemembered = 1000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Scope Scope, string From, string Where, string Args), (long Count, DateTimeOffset Until)> _large = new();

    /// <summary>The total, when the page itself shows it: it holds the list's last row.</summary>
    public static Total? Seen(Paging paging, int rowsRead) =>
        paging.Cursor is null && rowsRead <= paging.Size && (rowsRead > 0 || paging.Page == 1) ? new(paging.Offset + rowsRead, false) : null;

    /// <summary>
    /// The number of rows of <paramref name="from"/> that <paramref name="where"/> keeps. Where <paramref name="isPlain"/>, they are one stretch
    /// of an index: counting up to the limit takes 2 ms in any organisation, and no estimate has to say first whether to count.
    /// </summary>
    public async Task<Total> Count(Db db, Scope scope, string from, string where, object? args, CancellationToken ct, bool isPlain = false)
    {
        var key = (scope, from, where, JsonSerializer.Serialize(args));
        if (_large.TryGetValue(key, out var known) && known.Until > clock.GetUtcNow())
            return new(known.Count, true);

        var countSql = $"select count(*) from (select from {from} {where} limit {Total.ExactUpTo + 1}) counted";
        var estimate = isPlain ? 0 : await Estimate(db, scope, from, where, args, ct);
        if (estimate <= Total.ExactUpTo * Margin)
        {
            var counted = isPlain ? await db.Find<long>(scope, countSql, args, ct) : (await db.Search<long>(scope, countSql, args, ct))[0];
            if (counted <= Total.ExactUpTo)
                return new(counted, false);
        }

        var count = Math.Max(isPlain ? await Estimate(db, scope, from, where, args, ct) : estimate, Total.ExactUpTo + 1);
        if (_large.Count >= MostRemembered)
            _large.Clear();
        _large[key] = (count, clock.GetUtcNow() + Remembered);
        return new(count, true);
    }

    private static async Task<long> Estimate(Db db, Scope scope, string from, string where, object? args, CancellationToken ct)
    {
        var plan = await db.Search<string>(scope, $"explain (format json) select from {from} {where}", args, ct);
        using var document = JsonDocument.Parse(string.Concat(plan));
        return (long)document.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }
}

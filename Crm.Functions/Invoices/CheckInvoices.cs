using System.Text.Json;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

public static class CheckInvoices
{
    private const int MostShown = 100;

    /// <param name="IsSound">Whether nothing disagrees and no number is missing.</param>
    /// <param name="Invoices">How many were checked, deleted ones too.</param>
    /// <param name="Entries">How many entries of their ledgers.</param>
    /// <param name="Problems">What disagrees, the first hundred.</param>
    /// <param name="Series">The numbers that were given.</param>
    public sealed record Response(bool IsSound, long Invoices, long Entries, IReadOnlyList<Problem> Problems, IReadOnlyList<Series> Series);

    /// <param name="InvoiceId">The invoice; null where it is about all of them.</param>
    /// <param name="Number">Its number.</param>
    /// <param name="Check">What does not agree: totals, ledger, refunds, state, statistics.</param>
    /// <param name="Expected">What it should be, by the lines or entries.</param>
    /// <param name="Actual">What is written.</param>
    public sealed record Problem(Guid? InvoiceId, string? Number, string Check, string Expected, string Actual);

    /// <param name="Prefix">What the numbers begin with.</param>
    /// <param name="Year">Their year.</param>
    /// <param name="Last">The last number given.</param>
    /// <param name="Given">How many bear one: with no gap as many as the last number.</param>
    /// <param name="Missing">The first hundred that nothing bears.</param>
    public sealed record Series(string Prefix, int Year, int Last, long Given, IReadOnlyList<int> Missing);

    private sealed record Counted(string Prefix, int Year, int Last, long Given, string Missing);

    private sealed record Counts(long Invoices, long Entries);

    private const string CountsSql = """
        select (select count(*) from invoices where organization_id = @OrganizationId) as invoices,
               (select count(*) from payments where organization_id = @OrganizationId) as entries
        """;

    private const string SeriesSql = """
        with given as (
            select substring(number from '^(.+)-\d{4}-\d+$') as prefix, substring(number from '-(\d{4})-\d+$')::integer as year,
                   substring(number from '(\d+)$')::integer as place
            from (
                select number from invoices where organization_id = @OrganizationId
                union all
                select number from payments where organization_id = @OrganizationId and number is not null) numbers)
        select c.prefix, c.year, c.next - 1 as last,
               (select count(*) from given g where g.prefix = c.prefix and g.year = c.year) as given,
               array_to_json(array(
                   select n
                   from generate_series(1, c.next - 1) n
                   where not exists (select from given g where g.prefix = c.prefix and g.year = c.year and g.place = n)
                   order by n
                   limit @MostShown))::text as missing
        from invoice_counters c
        where c.organization_id = @OrganizationId
        order by c.prefix, c.year
        """;

    /// <summary>Proves that invoices, the entries of their ledgers and their numbers agree.</summary>
    /// <remarks>Totals are computed again from the lines, sums again from the entries; every number up to the last one given is looked for.</remarks>
    [Function("CheckInvoices"), Tags("Invoices"), Allow(Permission.CheckInvoices)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "invoices/integrity")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var counts = (await tx.Find<Counts>(CountsSql, null))!;
            var problems = await tx.List<Problem>(InvoiceProblems.Sql, new { MostShown });
            Series[] series =
            [
                .. (await tx.List<Counted>(SeriesSql, new { MostShown }))
                    .Select(one => new Series(one.Prefix, one.Year, one.Last, one.Given, JsonSerializer.Deserialize<int[]>(one.Missing)!)),
            ];
            var isSound = problems.Count == 0 && series.All(one => one.Missing.Count == 0 && one.Given == one.Last);
            return new Response(isSound, counts.Invoices, counts.Entries, problems, series);
        }, ct);
}

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
    public sealed record Series(string Prefix, int Year, int Last, long Given, int[] Missing);

    private sealed record Counts(long Invoices, long Entries);

    private const string CountsSql = """
        select (select count(*) from invoices where organization_id = @OrganizationId) as invoices,
               (select count(*) from payments where organization_id = @OrganizationId) as entries
        """;

    // The totals once more, from the lines as they are kept: numeric rounds halves away from zero, as S9 does.
    private const string ProblemsSql = """
        with lines as (
            select x.invoice_id, x.tax_rate, sum(round(x.quantity * x.unit_price, 2)) as gross,
                   sum(round(x.quantity * x.unit_price * (1 - x.discount / 100), 2)) as net
            from invoice_items x
            where x.organization_id = @OrganizationId
            group by x.invoice_id, x.tax_rate),
        sums as (
            select invoice_id, sum(gross) as subtotal, sum(gross) - sum(net) as discount_total, sum(round(net * tax_rate / 100, 2)) as tax_total,
                   sum(net) + sum(round(net * tax_rate / 100, 2)) as total
            from lines
            group by invoice_id),
        ledger as (
            select p.invoice_id, coalesce(sum(p.amount) filter (where p.kind <> 'credit_note'), 0.00) as paid,
                   coalesce(sum(p.amount) filter (where p.kind = 'credit_note'), 0.00) as credited
            from payments p
            where p.organization_id = @OrganizationId
            group by p.invoice_id),
        checked as (
            select i.id, i.number, i.status, i.total, i.amount_paid, i.amount_credited,
                   concat_ws(' ', i.subtotal, i.discount_total, i.tax_total, i.total) as kept,
                   concat_ws(' ', s.subtotal, s.discount_total, s.tax_total, s.total) as summed,
                   concat_ws(' ', i.amount_paid, i.amount_credited) as kept_ledger,
                   concat_ws(' ', coalesce(l.paid, 0.00), coalesce(l.credited, 0.00)) as summed_ledger
            from invoices i
            left join sums s on s.invoice_id = i.id
            left join ledger l on l.invoice_id = i.id
            where i.organization_id = @OrganizationId)
        select id as invoice_id, number, 'totals' as check, summed as expected, kept as actual
        from checked
        where kept <> summed
        union all
        select id, number, 'ledger', summed_ledger, kept_ledger
        from checked
        where kept_ledger <> summed_ledger
        union all
        select id, number, 'state', case when status = 'paid' then 'not paid' else 'paid' end, status
        from checked
        where (status = 'paid' and amount_paid + amount_credited < total)
           or (status in ('draft', 'sent') and amount_paid + amount_credited >= total and amount_paid + amount_credited > 0)
        union all
        select i.id, i.number, 'refunds', p.amount::text, (-sum(r.amount))::text
        from payments r
        join payments p on p.organization_id = r.organization_id and p.id = r.refund_of
        join invoices i on i.organization_id = p.organization_id and i.id = p.invoice_id
        where r.organization_id = @OrganizationId
        group by i.id, i.number, p.id, p.amount
        having -sum(r.amount) > p.amount
        union all
        select null, null, 'statistics', concat_ws(' ', c.invoices, c.total, c.paid, c.credited), concat_ws(' ', t.invoices, t.total, t.paid, t.credited)
        from (
            select count(*) as invoices, coalesce(sum(total), 0.00) as total, coalesce(sum(amount_paid), 0.00) as paid,
                   coalesce(sum(amount_credited), 0.00) as credited
            from invoices
            where organization_id = @OrganizationId and deleted_at is null) c
        cross join (
            select coalesce(sum(invoices), 0) as invoices, coalesce(sum(total), 0.00) as total, coalesce(sum(paid), 0.00) as paid,
                   coalesce(sum(credited), 0.00) as credited
            from invoice_totals
            where organization_id = @OrganizationId) t
        where concat_ws(' ', c.invoices, c.total, c.paid, c.credited) <> concat_ws(' ', t.invoices, t.total, t.paid, t.credited)
        limit @MostShown
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
               array(
                   select n
                   from generate_series(1, c.next - 1) n
                   where not exists (select from given g where g.prefix = c.prefix and g.year = c.year and g.place = n)
                   order by n
                   limit @MostShown) as missing
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
            var problems = await tx.List<Problem>(ProblemsSql, new { MostShown });
            var series = await tx.List<Series>(SeriesSql, new { MostShown });
            var isSound = problems.Count == 0 && series.TrueForAll(one => one.Missing.Length == 0 && one.Given == one.Last);
            return new Response(isSound, counts.Invoices, counts.Entries, problems, series);
        }, ct);
}

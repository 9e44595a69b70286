using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Reports;

public static class ShowCustomers
{
    private const int Top = 10;

    /// <param name="Period">The days it is about.</param>
    /// <param name="Currency">The organisation's, of all amounts.</param>
    /// <param name="Growth">How many contacts came, of those that are still there, and how many there were then.</param>
    /// <param name="TopCustomers">Who paid most in the period, then whose deals were worth most; ten at most.</param>
    /// <param name="Sources">Where the contacts came from: new ones of the period, and what was won in it.</param>
    /// <param name="ByStatus">All contacts, by how they stand now.</param>
    public sealed record Response(
        ReportPeriod Period, string Currency, IReadOnlyList<GrowthPoint> Growth, IReadOnlyList<TopCustomer> TopCustomers, IReadOnlyList<SourceFigures> Sources,
        IReadOnlyList<StatusFigures> ByStatus);

    /// <param name="Date">The first day it stands for.</param>
    /// <param name="New">How many came.</param>
    /// <param name="Total">How many there were at its end.</param>
    public sealed record GrowthPoint(DateOnly Date, long New, long Total);

    /// <param name="ContactId">The contact.</param>
    /// <param name="Name">Their name.</param>
    /// <param name="TotalPaid">What they paid in the period less what they got back, in the organisation's currency.</param>
    /// <param name="DealsWon">How many of their deals were won in the period.</param>
    /// <param name="WonValue">What those in the organisation's currency are worth.</param>
    public sealed record TopCustomer(Guid ContactId, string Name, decimal TotalPaid, long DealsWon, decimal WonValue);

    /// <param name="Source">Where they came from; null where it is not known.</param>
    /// <param name="Count">How many contacts came from there in the period.</param>
    /// <param name="Won">How many deals with contacts from there were won in the period, whenever those came.</param>
    /// <param name="Value">What those in the organisation's currency are worth.</param>
    public sealed record SourceFigures(string? Source, long Count, long Won, decimal Value);

    /// <param name="Status">lead, prospect, customer, active or inactive.</param>
    /// <param name="Count">How many contacts.</param>
    public sealed record StatusFigures(string Status, long Count);

    private sealed record Customer(Guid ContactId, string Name, decimal Paid, long Won, decimal Value);

    // Whose deals were won in the period: once for the sources and once for the customers.
    private static string Won(Scope scope) => $"""
        select d.contact_id, count(*) as won, coalesce(sum(d.value) filter (where d.currency = o.currency), 0) as value
        from organizations o
        join {ReportSql.Spans} on b.n = {Stretches.Whole}
        join deals d on d.organization_id = o.id and d.status = 'won' and d.deleted_at is null and d.closed_at >= b.starts and d.closed_at < b.ends
        where o.id = @OrganizationId{ReportSql.Own(scope, "d.owner_id")}
        group by d.contact_id
        """;

    private static string Sql(Scope scope) => ReportSql.All(
        ReportSql.Contacts(scope), ReportSql.Contacts(scope, bySource: true),
        $"""
        select 'status', 0, t.status, null, sum(t.contacts)::bigint, 0, 0
        from contact_totals t
        where t.organization_id = @OrganizationId and t.state = 'alive'{ReportSql.Own(scope, "t.owner_id")}
        group by t.status
        """,
        $"""
        select 'wonFrom', 0, c.source, null, sum(w.won)::bigint, sum(w.value), 0
        from ({Won(scope)}) w
        join contacts c on c.organization_id = @OrganizationId and c.id = w.contact_id
        group by c.source
        """);

    // A year with 200,000 invoices and 40,000 won deals takes half a second on a busy machine: most of it looks up whose invoices were paid.
    private static string CustomersSql(Scope scope) => $"""
        with paid as (
            select i.contact_id, sum(p.amount) as paid
            from organizations o
            join {ReportSql.Spans} on b.n = {Stretches.Whole}
            join payments p on p.organization_id = o.id and p.payment_date >= b.first and p.payment_date < b.next and p.kind <> 'credit_note'
                and p.currency = o.currency
            join invoices i on i.organization_id = p.organization_id and i.id = p.invoice_id
            where o.id = @OrganizationId{ReportSql.Own(scope, "i.creator_id")}
            group by i.contact_id),
        best as (
            select coalesce(p.contact_id, w.contact_id) as contact_id, coalesce(p.paid, 0) as paid, coalesce(w.won, 0) as won, coalesce(w.value, 0) as value
            from paid p
            full join ({Won(scope)}) w on w.contact_id = p.contact_id
            order by paid desc, value desc, won desc, contact_id
            limit {Top})
        select t.contact_id, c.name, t.paid, t.won, t.value
        from best t
        join contacts c on c.organization_id = @OrganizationId and c.id = t.contact_id
        order by t.paid desc, t.value desc, t.won desc, t.contact_id
        """;

    /// <summary>How many contacts there are and came, from where, and who the best customers are.</summary>
    /// <remarks>Staff see their own contacts, deals and invoices. Amounts are in the organisation's currency; unlike ones are never added.</remarks>
    [Function("ShowCustomers"), Tags("Reports"), Allow(Permission.ReadReports)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/customers")] HttpRequest http, [AsParameters] ReportFilter filter, Caller caller, Db db,
        CancellationToken ct)
    {
        var report = Report.Of(filter, caller, db.Now);
        if (report.Period is not { } period)
            return report.Error!;
        var figures = new Figures(await db.Search<Figure>(caller.Scope, Sql(caller.Scope), report.Stretches, ct));
        var customers = await db.Search<Customer>(caller.Scope, CustomersSql(caller.Scope), report.Stretches, ct);
        return Report.Answer(new Response(
            period, figures.Currency, Growth(report, figures),
            [.. customers.Select(one => new TopCustomer(one.ContactId, one.Name, 0.00m + one.Paid, one.Won, 0.00m + one.Value))],
            Sources(figures),
            [.. figures.Of("status").Where(figure => figure.Rows > 0)
                .OrderByDescending(figure => figure.Rows).ThenBy(figure => figure.Key, StringComparer.Ordinal)
                .Select(figure => new StatusFigures(figure.Key!, figure.Rows))]));
    }

    // From now back: who came later was not there yet.
    private static GrowthPoint[] Growth(Report report, Figures figures)
    {
        var total = figures.Count("status") - figures.Count("contacts", Stretches.Since);
        var points = report.Points((date, at) => new GrowthPoint(date, figures.Count("contacts", at), 0)).ToArray();
        for (var at = points.Length - 1; at >= 0; at--)
        {
            points[at] = points[at] with { Total = total };
            total -= points[at].New;
        }

        return points;
    }

    private static SourceFigures[] Sources(Figures figures) =>
    [
        .. figures.Of("source", Stretches.Whole).Select(figure => new SourceFigures(figure.Key, figure.Rows, 0, 0))
            .Concat(figures.Of("wonFrom").Select(figure => new SourceFigures(figure.Key, 0, figure.Rows, figure.Amount)))
            .GroupBy(figure => figure.Source, StringComparer.Ordinal)
            .Select(group => new SourceFigures(group.Key, group.Sum(one => one.Count), group.Sum(one => one.Won), 0.00m + group.Sum(one => one.Value)))
            .Where(source => source.Count > 0 || source.Won > 0)
            .OrderByDescending(source => source.Count).ThenByDescending(source => source.Won).ThenBy(source => source.Source, StringComparer.Ordinal),
    ];
}

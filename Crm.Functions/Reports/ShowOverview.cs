using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Invoices;
using Crm.Shared;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Reports;

public static class ShowOverview
{
    /// <param name="Period">The days it is about.</param>
    /// <param name="Kpis">The figures of the period, beside those of now.</param>
    /// <param name="Charts">The same over time, with a point for each day, week or month, where nothing happened too.</param>
    public sealed record Response(ReportPeriod Period, OverviewKpis Kpis, OverviewCharts Charts);

    /// <param name="Contacts">Contacts.</param>
    /// <param name="Deals">Deals.</param>
    /// <param name="Revenue">Money received, less what was given back.</param>
    /// <param name="Invoices">Invoices issued in the period, drafts and cancelled ones left out.</param>
    public sealed record OverviewKpis(ContactKpi Contacts, DealKpi Deals, RevenueKpi Revenue, InvoiceKpi Invoices);

    /// <param name="Total">How many there are now.</param>
    /// <param name="New">How many of them came in the period.</param>
    /// <param name="ChangePct">New ones against the period before, in percent ("-3.00"); null when there were none before.</param>
    public sealed record ContactKpi(long Total, long New, string? ChangePct);

    /// <param name="Total">How many there are now: open, won and lost.</param>
    /// <param name="Open">How many are open now.</param>
    /// <param name="OpenValue">The value of the open ones in the organisation's currency.</param>
    /// <param name="Won">How many were won in the period.</param>
    /// <param name="WonValue">Their value in the organisation's currency.</param>
    /// <param name="ChangePct">Won ones against the period before, in percent; null when there were none before.</param>
    public sealed record DealKpi(long Total, long Open, decimal OpenValue, long Won, decimal WonValue, string? ChangePct);

    /// <param name="Total">In the organisation's currency.</param>
    /// <param name="Currency">That currency.</param>
    /// <param name="ChangePct">Against the period before, in percent; null when there was none before.</param>
    /// <param name="ByCurrency">All currencies apart, where there are others.</param>
    public sealed record RevenueKpi(
        decimal Total, string Currency, string? ChangePct,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CurrencyAmount>? ByCurrency);

    /// <param name="Total">How many.</param>
    /// <param name="Paid">How many of them are paid.</param>
    /// <param name="Overdue">How many of them are late.</param>
    public sealed record InvoiceKpi(long Total, long Paid, long Overdue);

    /// <param name="Contacts">New contacts.</param>
    /// <param name="Deals">Deals that were made and won.</param>
    /// <param name="Revenue">Money received, less what was given back.</param>
    /// <param name="Activities">Entries of timelines; for staff those they made.</param>
    public sealed record OverviewCharts(
        IReadOnlyList<CountPoint> Contacts, IReadOnlyList<DealPoint> Deals, IReadOnlyList<AmountPoint> Revenue, IReadOnlyList<CountPoint> Activities);

    /// <param name="Date">The first day it stands for.</param>
    /// <param name="Created">How many were made.</param>
    /// <param name="Won">How many were won.</param>
    public sealed record DealPoint(DateOnly Date, long Created, long Won);

    // A year of an organisation with 800,000 contacts, 1,360,000 entries, 200,000 deals and 160,000 payments takes 90 to 160 ms on a busy machine; counting the
    // contacts and the entries of it and of the year before took 400 on an idle one.
    private static string Sql(Scope scope) => ReportSql.All(
        ReportSql.Contacts(scope), ReportSql.Entries(scope), ReportSql.DealsCreated(scope), ReportSql.DealsClosed(scope, "won"), ReportSql.Revenue(scope),
        $"select 'all contacts', 0, null, null, {(scope.OwnerId is null ? ContactTotals.AliveSql : ContactTotals.OwnAliveSql)}, 0, 0",
        $"""
        select 'all ' || s.type, 0, t.currency, null, sum(t.deals)::bigint, sum(t.value), 0
        from stage_totals t
        join stages s on s.organization_id = t.organization_id and s.id = t.stage_id
        where t.organization_id = @OrganizationId{ReportSql.Own(scope, "t.owner_id")}
        group by s.type, t.currency
        """);

    /// <summary>Contacts, deals, money and invoices of a period, and what happened when.</summary>
    /// <remarks>
    /// Staff see their own records. Amounts are in the organisation's currency; unlike ones are never added. The answer may be kept for a minute, and is
    /// then asked for with its <c>ETag</c>. 400 INVALID_PERIOD for a period that is none.
    /// </remarks>
    [Function("ShowOverview"), Tags("Reports"), Allow(Permission.ReadReports)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "reports/overview")] HttpRequest http, [AsParameters] ReportFilter filter, Caller caller, Db db,
        CancellationToken ct)
    {
        var report = Report.Of(filter, caller, db.Now);
        if (report.Period is not { } period)
            return report.Error!;
        var figures = new Figures(await db.Search<Figure>(caller.Scope, Sql(caller.Scope), report.Stretches, ct));
        var invoices = (await InvoiceFigures.Read(db, caller.Scope, period.From, period.To, report.Today, ct)).FindAll(figure => figure.Counts);
        const int Whole = Stretches.Whole;
        var response = new Response(
            period,
            new(
                new(
                    figures.Count("all contacts"), figures.Count("contacts", Whole),
                    Rates.Change(figures.Count("contacts", Whole), figures.Count("contacts", Stretches.Before))),
                new(
                    figures.Count("all open") + figures.Count("all won") + figures.Count("all lost"), figures.Count("all open"), figures.Amount("all open"),
                    figures.Count("won", Whole), figures.Amount("won", Whole),
                    Rates.Change(figures.Count("won", Whole), figures.Count("won", Stretches.Before))),
                new(
                    figures.Amount("revenue", Whole), figures.Currency,
                    Rates.Change(figures.Amount("revenue", Whole), figures.Amount("revenue", Stretches.Before)), figures.ByCurrency("revenue")),
                new(
                    invoices.Sum(figure => figure.Invoices), invoices.Where(figure => figure.Status == InvoiceStates.Paid).Sum(figure => figure.Invoices),
                    invoices.Where(figure => figure.Status == InvoiceStates.Overdue).Sum(figure => figure.Invoices))),
            new(
                report.Points((date, at) => new CountPoint(date, figures.Count("contacts", at))),
                report.Points((date, at) => new DealPoint(date, figures.Count("created", at), figures.Count("won", at))),
                report.Points((date, at) => new AmountPoint(date, figures.Amount("revenue", at))),
                report.Points((date, at) => new CountPoint(date, figures.Count("entries", at)))));
        return Report.Answer(response);
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Invoicing;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Invoices;

public static class ShowInvoiceStats
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>The first issue date.</summary>
        [FromQuery]
        [Date]
        public ClientTime? DateFrom { get; init; }

        /// <summary>The last issue date.</summary>
        [FromQuery]
        [Date]
        public ClientTime? DateTo { get; init; }
    }

    /// <param name="Count">How many.</param>
    /// <param name="Amount">What they come to.</param>
    public sealed record State(long Count, decimal Amount);

    /// <param name="Draft">Not sent yet.</param>
    /// <param name="Sent">To be paid, and not late.</param>
    /// <param name="Paid">Paid.</param>
    /// <param name="Overdue">To be paid, and late.</param>
    /// <param name="Cancelled">Cancelled.</param>
    public sealed record States(State Draft, State Sent, State Paid, State Overdue, State Cancelled);

    /// <summary>The figures of one currency.</summary>
    /// <param name="TotalInvoices">How many were sent: drafts and cancelled ones are not counted.</param>
    /// <param name="ByStatus">All of them, by how they stand.</param>
    /// <param name="TotalAmount">What those sent come to.</param>
    /// <param name="PaidAmount">What came in for them, less what was given back.</param>
    /// <param name="OutstandingAmount">What is still to be paid.</param>
    /// <param name="OverdueAmount">What of it is late.</param>
    public sealed record Figures(
        string Currency, long TotalInvoices, States ByStatus, decimal TotalAmount, decimal PaidAmount, decimal OutstandingAmount, decimal OverdueAmount);

    /// <param name="TotalInvoices">How many were sent: drafts and cancelled ones are not counted.</param>
    /// <param name="ByStatus">How many of any currency are in each state; the amounts are those of the organisation's currency.</param>
    /// <param name="TotalAmount">What those sent come to.</param>
    /// <param name="PaidAmount">What came in for them, less what was given back.</param>
    /// <param name="OutstandingAmount">What is still to be paid.</param>
    /// <param name="OverdueAmount">What of it is late.</param>
    /// <param name="AverageDaysToPay">From issue to the last payment, of those that are paid; null when none is.</param>
    /// <param name="Currency">The organisation's, of the amounts beside it: unlike ones are never added.</param>
    /// <param name="ByCurrency">The same for each currency that occurs.</param>
    public sealed record Response(
        long TotalInvoices, States ByStatus, decimal TotalAmount, decimal PaidAmount, decimal OutstandingAmount, decimal OverdueAmount,
        decimal? AverageDaysToPay, string Currency, IReadOnlyList<Figures> ByCurrency);

    private const string CurrencySql = """
        select currency
        from organizations
        where id = @OrganizationId
        """;

    /// <summary>What invoices come to, were paid, and are late; for staff their own.</summary>
    [Function("ShowInvoiceStats"), Tags("Invoices"), Allow(Permission.ReadInvoices)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "invoices/stats")] HttpRequest http, [AsParameters] Filter filter, Caller caller, Db db, CancellationToken ct)
    {
        var (from, to) = (filter.DateFrom?.DateIn(caller.Zone), filter.DateTo?.DateIn(caller.Zone));
        if (from > to)
            return InvoiceRules.DatesReversed;
        var figures = await InvoiceFigures.Read(db, caller.Scope, from, to, caller.Today(db.Now), ct);
        var currency = (await db.Find<string>(caller.Organization, CurrencySql, null, ct))!;
        var home = Of(currency, figures.FindAll(figure => figure.Currency == currency));
        var (settled, days) = (figures.Sum(figure => figure.Settled), figures.Sum(figure => figure.DaysToPay));
        return new Response(
            figures.Where(figure => figure.Counts).Sum(figure => figure.Invoices),
            new(Count("draft"), Count("sent"), Count("paid"), Count("overdue"), Count("cancelled")),
            home.TotalAmount, home.PaidAmount, home.OutstandingAmount, home.OverdueAmount,
            settled == 0 ? null : Math.Round((decimal)days / settled, 1, MidpointRounding.AwayFromZero),
            currency,
            [.. figures.GroupBy(figure => figure.Currency, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => Of(group.Key, [.. group]))]);

        State Count(string status) => new(
            figures.Where(figure => figure.Status == status).Sum(figure => figure.Invoices),
            0.00m + figures.Where(figure => figure.Status == status && figure.Currency == currency).Sum(figure => figure.Total));
    }

    private static Figures Of(string currency, List<InvoiceFigure> figures)
    {
        var sent = figures.FindAll(figure => figure.Counts);
        return new(
            currency, sent.Sum(figure => figure.Invoices), new(State("draft"), State("sent"), State("paid"), State("overdue"), State("cancelled")),
            0.00m + sent.Sum(figure => figure.Total), 0.00m + sent.Sum(figure => figure.Paid), 0.00m + sent.Sum(figure => figure.Outstanding),
            0.00m + sent.Where(figure => figure.Status == InvoiceStates.Overdue).Sum(figure => figure.Outstanding));

        State State(string status) =>
            figures.Find(figure => figure.Status == status) is { } figure ? new(figure.Invoices, figure.Total) : new(0, 0.00m);
    }
}

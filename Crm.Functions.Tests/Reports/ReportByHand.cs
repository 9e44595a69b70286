using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Crm.Functions.Tests.Reports.ReportRows;

namespace Crm.Functions.Tests.Reports;

/// <summary>The four reports computed the slow way: every row is looked at, one by one, for every number.</summary>
internal sealed class ReportByHand(ReportRows rows, TimeZoneInfo zone, DateOnly from, DateOnly to, string unit, DateOnly today)
{
    private const string Home = "USD";
    private static readonly string[] Channels = ["email", "sms"];

    private readonly DateOnly _before = from.AddDays(from.DayNumber - to.DayNumber - 1);
    private readonly List<Deal> _open = rows.Deals.FindAll(one => one.Status == "open");

    private List<Deal> Closed(string status, DateOnly first, DateOnly last) =>
        rows.Deals.FindAll(one => one.Status == status && Day(one.Closed!.Value) >= first && Day(one.Closed!.Value) <= last);

    private List<Payment> Paid(DateOnly first, DateOnly last) => rows.Payments.FindAll(one => one.Date >= first && one.Date <= last);

    private List<Contact> Came(DateOnly first, DateOnly last) => rows.Contacts.FindAll(one => Day(one.At) >= first && Day(one.At) <= last);

    private List<Delivery> Out(DateOnly first, DateOnly last) => rows.Deliveries.FindAll(one => one.At is { } at && Day(at) >= first && Day(at) <= last);

    private List<Inbound> In(DateOnly first, DateOnly last) => rows.Received.FindAll(one => Day(one.At) >= first && Day(one.At) <= last);

    public JsonNode Overview()
    {
        var (won, paid, issued) = (Closed("won", from, to), Paid(from, to), rows.Invoices.FindAll(one => one.Issued >= from && one.Issued <= to));
        return Json(new
        {
            period = Period(),
            kpis = new
            {
                contacts = new { total = rows.Contacts.Count, @new = Came(from, to).Count, changePct = Change(Came(from, to).Count, Came(_before, Eve).Count) },
                deals = new
                {
                    total = rows.Deals.Count,
                    open = _open.Count,
                    openValue = Worth(_open),
                    won = won.Count,
                    wonValue = Worth(won),
                    changePct = Change(won.Count, Closed("won", _before, Eve).Count),
                },
                revenue = new { total = Sum(paid), currency = Home, changePct = Change(Sum(paid), Sum(Paid(_before, Eve))), byCurrency = Apart(paid) },
                invoices = new
                {
                    total = issued.Count(one => one.Status is "sent" or "paid"),
                    paid = issued.Count(one => one.Status == "paid"),
                    overdue = issued.Count(one => one.Status == "sent" && one.Due < today),
                },
            },
            charts = new
            {
                contacts = Points((date, last) => new { date, count = Came(date, last).Count }),
                deals = Points((date, last) => new
                {
                    date,
                    created = rows.Deals.Count(one => Day(one.Created) >= date && Day(one.Created) <= last),
                    won = Closed("won", date, last).Count,
                }),
                revenue = Points((date, last) => new { date, amount = Sum(Paid(date, last)) }),
                activities = Points((date, last) => new { date, count = rows.Entries.Count(one => Day(one.At) >= date && Day(one.At) <= last) }),
            },
        });
    }

    public JsonNode Sales()
    {
        var (won, lost, open) = (Closed("won", from, to), Closed("lost", from, to), rows.Stages.FindAll(stage => stage.Type == "open"));
        var own = won.FindAll(one => one.Currency == Home);
        int Reached(int at) => won.Count + _open.Count(one => open.FindIndex(stage => stage.Id == one.Stage) >= at);
        decimal Weighted(Deal deal) => deal.Value * rows.Stages.Find(stage => stage.Id == deal.Stage)!.Probability / 100;
        return Json(new
        {
            period = Period(),
            currency = Home,
            dealStages = rows.Stages.Select(stage => (stage, There: rows.Deals.FindAll(one => one.Stage == stage.Id))).Select(one => new
            {
                stageId = one.stage.Id,
                name = one.stage.Name,
                type = one.stage.Type,
                pipelineId = one.stage.Pipeline,
                count = one.There.Count,
                value = Worth(one.There),
                byCurrency = one.There.TrueForAll(deal => deal.Currency == Home) ? null : one.There.GroupBy(deal => deal.Currency).OrderBy(group => group.Key)
                    .Select(group => new { currency = group.Key, dealCount = group.Count(), totalValue = group.Sum(deal => deal.Value) }),
            }),
            revenueOverTime = Points((date, last) => new { date, won = Worth(Closed("won", date, last)), paid = Sum(Paid(date, last)) }),
            topPerformers = won.GroupBy(one => (one.Owner, one.OwnerName))
                .Select(group => new { userId = group.Key.Owner, name = group.Key.OwnerName, wonCount = group.Count(), wonValue = Worth([.. group]) })
                .OrderByDescending(one => one.wonValue).ThenByDescending(one => one.wonCount).ThenBy(one => one.userId.ToString(), StringComparer.Ordinal),
            pipelineMetrics = new
            {
                totalValue = Worth(_open),
                weightedValue = Round(_open.Where(one => one.Currency == Home).Sum(Weighted)),
                wonCount = won.Count,
                lostCount = lost.Count,
                wonValue = Worth(won),
                wonByCurrency = won.TrueForAll(one => one.Currency == Home) ? null : won.GroupBy(one => one.Currency).OrderBy(group => group.Key)
                    .Select(group => new { currency = group.Key, amount = group.Sum(one => one.Value) }),
                changePct = Change(Worth(won), Worth(Closed("won", _before, Eve))),
                winRate = Rate(won.Count, won.Count + lost.Count),
                avgDealSize = own.Count == 0 ? 0 : Round(own.Sum(one => one.Value) / own.Count),
                avgSalesCycleDays = won.Count == 0 ? (decimal?)null
                    : Math.Round(won.Sum(Seconds) / 86_400 / won.Count, 1, MidpointRounding.AwayFromZero),
                conversion = open.Select((stage, at) => new
                {
                    stageId = stage.Id,
                    name = stage.Name,
                    reached = Reached(at),
                    rate = Rate(Reached(at), Reached(0)),
                }),
            },
        });
    }

    public JsonNode Marketing()
    {
        var (all, before) = (Out(from, to), Out(_before, Eve));
        var ours = all.FindAll(one => one.Campaign is not null);
        var campaigns = ours.Where(Sent).GroupBy(one => (Id: one.Campaign!.Value, one.Name, one.Channel)).ToArray();
        return Json(new
        {
            period = Period(),
            campaigns = new
            {
                total = campaigns.Length,
                sent = ours.Count(Sent),
                delivered = ours.Count(Arrived),
                opened = ours.Count(Opened),
                clicked = ours.Count(Clicked),
                bounced = ours.Count(Bounced),
                deliveryRate = Rate(ours.Count(Arrived), ours.Count(Sent)),
                openRate = Rate(ours.Count(Opened), ours.Count(Arrived)),
                clickRate = Rate(ours.Count(Clicked), ours.Count(Arrived)),
                bounceRate = Rate(ours.Count(Bounced), ours.Count(Sent)),
                changePct = Change(ours.Count(Sent), before.Count(one => Sent(one) && one.Campaign is not null)),
            },
            topCampaigns = campaigns
                .OrderByDescending(group => group.Count(Clicked)).ThenByDescending(group => group.Count(Opened)).ThenByDescending(group => group.Count())
                .ThenBy(group => group.Key.Id.ToString(), StringComparer.Ordinal)
                .Select(group => new
                {
                    campaignId = group.Key.Id,
                    name = group.Key.Name,
                    type = group.Key.Channel,
                    sent = group.Count(),
                    opened = group.Count(Opened),
                    clicked = group.Count(Clicked),
                    openRate = Rate(group.Count(Opened), group.Count(Arrived)),
                    clickRate = Rate(group.Count(Clicked), group.Count(Arrived)),
                }),
            messages = new
            {
                sent = all.Count(Sent),
                delivered = all.Count(Arrived),
                failed = all.Count(Lost),
                received = In(from, to).Count,
                changePct = Change(all.Count(Sent), before.Count(Sent)),
                byType = Channels.Select(type => new
                {
                    type,
                    sent = all.Count(one => one.Channel == type && Sent(one)),
                    delivered = all.Count(one => one.Channel == type && Arrived(one)),
                    failed = all.Count(one => one.Channel == type && Lost(one)),
                    received = In(from, to).Count(one => one.Type == type),
                }),
            },
            channels = Channels.Select(channel => (channel, All: all.FindAll(one => one.Channel == channel), Ours: ours.FindAll(one => one.Channel == channel)))
                .Select(one => new
                {
                    one.channel,
                    sent = one.All.Count(Sent),
                    delivered = one.All.Count(Arrived),
                    deliveryRate = Rate(one.All.Count(Arrived), one.All.Count(Sent)),
                    openRate = Rate(one.Ours.Count(Opened), one.Ours.Count(Arrived)),
                    clickRate = Rate(one.Ours.Count(Clicked), one.Ours.Count(Arrived)),
                }),
            messagesOverTime = Points((date, last) => new
            {
                date,
                sent = Out(date, last).Count(Sent),
                delivered = Out(date, last).Count(Arrived),
                received = In(date, last).Count,
            }),
        });
    }

    public JsonNode Customers()
    {
        var (won, paid, came) = (Closed("won", from, to), Paid(from, to).FindAll(one => one.Currency == Home), Came(from, to));
        string? Source(Deal deal) => rows.Everybody[deal.Contact].Source;
        return Json(new
        {
            period = Period(),
            currency = Home,
            growth = Points((date, last) => new { date, @new = Came(date, last).Count, total = Came(DateOnly.MinValue, last).Count }),
            topCustomers = paid.Select(one => one.Contact).Concat(won.Select(one => one.Contact)).Distinct()
                .Select(contact => new
                {
                    contactId = contact,
                    name = rows.Everybody[contact].Name,
                    totalPaid = paid.Where(one => one.Contact == contact).Sum(one => one.Amount),
                    dealsWon = won.Count(one => one.Contact == contact),
                    wonValue = Worth(won.FindAll(one => one.Contact == contact)),
                })
                .OrderByDescending(one => one.totalPaid).ThenByDescending(one => one.wonValue).ThenByDescending(one => one.dealsWon)
                .ThenBy(one => one.contactId.ToString(), StringComparer.Ordinal).Take(10),
            sources = came.Select(one => one.Source).Concat(won.Select(Source)).Distinct()
                .Select(source => new
                {
                    source,
                    count = came.Count(one => one.Source == source),
                    won = won.Count(one => Source(one) == source),
                    value = Worth(won.FindAll(one => Source(one) == source)),
                })
                .OrderByDescending(one => one.count).ThenByDescending(one => one.won).ThenBy(one => one.source, StringComparer.Ordinal),
            byStatus = rows.Contacts.GroupBy(one => one.Status).Select(group => new { status = group.Key, count = group.Count() })
                .OrderByDescending(one => one.count).ThenBy(one => one.status, StringComparer.Ordinal),
        });
    }

    private DateOnly Eve => from.AddDays(-1);

    private object Period() => new { from, to, granularity = unit, previousFrom = _before, previousTo = Eve, timezone = zone.Id };

    // Day by day: a day that begins no week or month belongs to the point before.
    private T[] Points<T>(Func<DateOnly, DateOnly, T> of)
    {
        var points = new List<(DateOnly First, DateOnly Last)>();
        for (var day = from; day <= to; day = day.AddDays(1))
        {
            if (points.Count == 0 || unit == "day" || unit == "week" && day.DayOfWeek == DayOfWeek.Monday || unit == "month" && day.Day == 1)
                points.Add((day, day));
            else
                points[^1] = (points[^1].First, day);
        }

        return [.. points.Select(point => of(point.First, point.Last))];
    }

    private DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    private static decimal Worth(List<Deal> deals) => deals.Where(one => one.Currency == Home).Sum(one => one.Value);

    private static decimal Sum(List<Payment> payments) => payments.Where(one => one.Currency == Home).Sum(one => one.Amount);

    private static object? Apart(List<Payment> payments) => payments.TrueForAll(one => one.Currency == Home) ? null
        : payments.GroupBy(one => one.Currency).OrderBy(group => group.Key)
            .Select(group => new { currency = group.Key, amount = group.Sum(one => one.Amount) });

    private static decimal Seconds(Deal deal) => (decimal)(deal.Closed!.Value - deal.Created).Ticks / TimeSpan.TicksPerSecond;

    private static bool Sent(Delivery one) => one.IsSent;

    private static bool Bounced(Delivery one) => one.IsSent && one.WasBounced;

    private static bool Arrived(Delivery one) => one.IsSent && !one.WasBounced && one.WasDelivered;

    private static bool Opened(Delivery one) => one.IsSent && !one.WasBounced && one.WasOpened;

    private static bool Clicked(Delivery one) => one.IsSent && !one.WasBounced && one.WasClicked;

    private static bool Lost(Delivery one) => !one.IsSent || one.WasBounced;

    private static decimal Round(decimal amount) => Math.Round(amount, 2, MidpointRounding.AwayFromZero);

    private static string Rate(decimal part, decimal whole) => Text(whole == 0 ? 0 : part / whole * 100);

    private static string? Change(decimal now, decimal before) => before == 0 ? now == 0 ? "0.00" : null : Text((now - before) / Math.Abs(before) * 100);

    private static string Text(decimal percent) => Round(percent).ToString("0.00", CultureInfo.InvariantCulture);

    private static JsonNode Json(object report) => JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web)!;
}

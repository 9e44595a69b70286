using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Inbox;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Dashboard;

public static class ShowKpis
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private const int Period = 30;

    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Counts the deals of this pipeline only.</summary>
        [FromQuery]
        public Guid? PipelineId { get; init; }
    }

    /// <param name="TotalContacts">Contacts that are not deleted.</param>
    /// <param name="TotalDeals">All deals: open, won and lost.</param>
    /// <param name="OpenDeals">Those still open.</param>
    /// <param name="OpenDealsValue">Their value, of those in the organisation's currency.</param>
    /// <param name="Currency">The organisation's currency.</param>
    /// <param name="TasksDueToday">Open tasks due later today, in the user's time zone.</param>
    /// <param name="OverdueTasks">Open tasks whose due date has passed.</param>
    /// <param name="UnreadMessages">Messages of contacts that nobody has read, of the latest 1,000 conversations that have some.</param>
    /// <param name="RecentActivities">The latest ten entries of the timelines the caller may see.</param>
    /// <param name="Changes">The last 30 days, today included, against the 30 before.</param>
    public sealed record Response(
        long TotalContacts, long TotalDeals, long OpenDeals, decimal OpenDealsValue, string Currency,
        long TasksDueToday, long OverdueTasks, long UnreadMessages, IReadOnlyList<Activity> RecentActivities, Trend Changes);

    /// <param name="ContactsPct">New contacts, in per cent more or less ("12.50", "-3.00"); null when there were none before.</param>
    /// <param name="DealsWonPct">Won deals, likewise.</param>
    public sealed record Trend(string? ContactsPct, string? DealsWonPct);

    /// <summary>A timeline entry with the contact it is about.</summary>
    public record Activity : TimelineEntry
    {
        public ActivityContact Contact => new(ContactId, ContactName);

        internal string ContactName { get; init; } = "";
    }

    /// <summary>The contact something happened with.</summary>
    public sealed record ActivityContact(Guid Id, string Name);

    /// <summary>One of the latest activities, with the numbers beside each; when there are none, one row without an id.</summary>
    private sealed record Row : Activity
    {
        public long Contacts { get; init; }
        public bool PipelineExists { get; init; }
        public long TotalDeals { get; init; }
        public long OpenDeals { get; init; }
        public decimal OpenDealsValue { get; init; }
        public string Currency { get; init; } = "";
        public long TasksDueToday { get; init; }
        public long OverdueTasks { get; init; }
        public long UnreadMessages { get; init; }
        public long NewContacts { get; init; }
        public long NewContactsBefore { get; init; }
        public long Won { get; init; }
        public long WonBefore { get; init; }
    }

    private const string ContactsWhere = "where c.organization_id = @OrganizationId and c.deleted_at is null";

    // One statement for the whole dashboard. Deals are summed from the few rows of stage_totals, everything else is a short stretch of an index.
    // With 800,000 contacts, 1,360,000 entries and 100,000 tasks in one organisation it takes 19 ms (half of it the contacts of two months), for
    // staff with 10 contacts 1 ms, with 2,700 15 ms, with 11,000 15 ms, with 270,000 7 ms.
    private static string Sql(bool isOwn, bool isOnePipeline)
    {
        var contacts = ContactsWhere + (isOwn ? " and c.owner_id = @OwnerId" : "");
        var tasks = $"where t.organization_id = @OrganizationId and t.deleted_at is null and t.status {TaskStates.AreOpenSql}"
            + (isOwn ? " and t.assignee_id = @OwnerId" : "");
        var won = "where d.organization_id = @OrganizationId and d.deleted_at is null and d.status = 'won'"
            + (isOwn ? " and d.owner_id = @OwnerId" : "") + (isOnePipeline ? " and d.pipeline_id = @PipelineId" : "");
        var pipelineExists = isOnePipeline
            ? "exists (select from pipelines p where p.organization_id = o.id and p.id = @PipelineId and p.deleted_at is null)"
            : "true";
        return $"""
            with deals_in_stages as (
                select s.type, t.deals, t.currency, t.value
                from stage_totals t
                join stages s on s.organization_id = t.organization_id and s.id = t.stage_id
                where t.organization_id = @OrganizationId
                    {(isOwn ? "and t.owner_id = @OwnerId" : "")} {(isOnePipeline ? "and s.pipeline_id = @PipelineId" : "")}),
            numbers as (
                select o.currency,
                       {pipelineExists} as pipeline_exists,
                       {(isOwn ? ContactTotals.OwnAliveSql : ContactTotals.AliveSql)} as contacts,
                       (select coalesce(sum(deals), 0)::bigint from deals_in_stages) as total_deals,
                       (select coalesce(sum(deals), 0)::bigint from deals_in_stages where type = 'open') as open_deals,
                       (select coalesce(sum(value), 0) from deals_in_stages s where type = 'open' and s.currency = o.currency) as open_deals_value,
                       (select count(*) from tasks t {tasks} and t.due_order < @Now) as overdue_tasks,
                       (select count(*) from tasks t {tasks} and t.due_order >= @Now and t.due_order < @Tomorrow) as tasks_due_today,
                       (select coalesce(sum(unread_count), 0) from ({(isOwn ? UnreadMessages.OwnSql : UnreadMessages.AllSql)}) v) as unread_messages,
                       (select count(*) from contacts c {contacts} and c.created_at >= @PeriodStart) as new_contacts,
                       (select count(*) from contacts c {contacts}
                          and c.created_at >= @PeriodBeforeStart and c.created_at < @PeriodStart) as new_contacts_before,
                       (select count(*) from deals d {won} and d.closed_at >= @PeriodStart) as won,
                       (select count(*) from deals d {won} and d.closed_at >= @PeriodBeforeStart and d.closed_at < @PeriodStart) as won_before
                from organizations o
                where o.id = @OrganizationId),
            {(isOwn ? OwnActivities : Activities)},
            listed as (
                select e.*, c.name as contact_name
                from ({TimelineEntry.Select}
                      where t.organization_id = @OrganizationId
                        and t.id = any(array(select id from latest))) e
                join contacts c on c.organization_id = @OrganizationId and c.id = e.contact_id)
            select *
            from numbers
            left join listed on true
            order by listed.occurred_at desc, listed.id desc
            """;
    }

    private const string Activities = """
        latest as (
            select t.id
            from timeline_entries t
            where t.organization_id = @OrganizationId and t.deleted_at is null
            order by t.occurred_at desc, t.id desc
            limit 10)
        """;

    // Staff see the timelines of their own contacts. With few of them, the latest of each are put together; with many, the newest entries
    // of the organisation are read until ten are theirs. Either alone reads the whole timeline for somebody.
    private const string OwnActivities = """
        own as (
            select c.id
            from contacts c
            where c.organization_id = @OrganizationId and c.owner_id = @OwnerId and c.deleted_at is null
            limit 3001),
        latest as (
            (select e.id
             from own
             cross join lateral (
                 select t.id, t.occurred_at
                 from timeline_entries t
                 where t.organization_id = @OrganizationId and t.contact_id = own.id and t.deleted_at is null
                 order by t.occurred_at desc, t.id desc
                 limit 10) e
             where (select count(*) from own) <= 3000
             order by e.occurred_at desc, e.id desc
             limit 10)
            union all
            (select t.id
             from timeline_entries t
             join contacts c on c.organization_id = t.organization_id and c.id = t.contact_id
             where t.organization_id = @OrganizationId and t.deleted_at is null and c.owner_id = @OwnerId and c.deleted_at is null
               and (select count(*) from own) > 3000
             order by t.occurred_at desc, t.id desc
             limit 10))
        """;

    /// <summary>The figures of the dashboard, for staff of their own contacts, deals and tasks.</summary>
    /// <remarks>The answer may be kept for 30 seconds, and is then asked for with its <c>ETag</c>.</remarks>
    [Function("ShowKpis"), Tags("Dashboard"), Allow(Permission.ReadDashboard)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "dashboard/kpis")] HttpRequest http,
        [AsParameters] Filter filter, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var now = db.Now;
        var zone = caller.UserZone;
        var today = LocalDay.At(now, zone);
        var rows = await db.List<Row>(scope, Sql(scope.OwnerId is not null, filter.PipelineId is not null), new
        {
            filter.PipelineId,
            Now = now,
            Tomorrow = today.End,
            PeriodStart = LocalDay.StartOf(today.Date.AddDays(1 - Period), zone),
            PeriodBeforeStart = LocalDay.StartOf(today.Date.AddDays(1 - 2 * Period), zone),
        }, ct);
        var numbers = rows[0];
        if (!numbers.PipelineExists)
            return Errors.PipelineNotFound;

        var response = new Response(
            numbers.Contacts, numbers.TotalDeals, numbers.OpenDeals, numbers.OpenDealsValue, numbers.Currency,
            numbers.TasksDueToday, numbers.OverdueTasks, numbers.UnreadMessages, [.. rows.Where(row => row.Id != Guid.Empty)],
            new(Rates.Change(numbers.NewContacts, numbers.NewContactsBefore), Rates.Change(numbers.Won, numbers.WonBefore)));
        return Reply<Response>.Cached(response, MaxAge, response);
    }
}

using Crm.Functions.Email;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>
/// The daily mail: once it is past eight in the morning where a user is, what is overdue and what is due that day. The claim (one row
/// a user and date), the mail and its message are one transaction, so that a run cut anywhere continues where it stopped.
/// </summary>
public static class SendTaskReminders
{
    /// <summary>
    /// Users in one transaction: its messages are relayed well within the relay's three seconds, and a run that is cut leaves few to the sweep.
    /// </summary>
    private const int BatchSize = 200;
    private const int MostListed = 10;
    private static readonly TimeOnly Morning = new(8, 0);

    private sealed record ZonePair(string? Own, string Organization);

    private const string ZonesSql = """
        select distinct u.timezone as own, o.timezone as organization
        from users u
        join organizations o on o.id = u.organization_id
        where u.status = 'active'
        """;

    private sealed record Digest
    {
        /// <summary>Where the page of users ends; in every row, and alone in one row when nobody of the page is due a mail.</summary>
        public Guid LastOrganization { get; init; }
        public Guid LastUser { get; init; }
        public long Users { get; init; }
        public Guid OrganizationId { get; init; }

        /// <summary>False when another run had this user first.</summary>
        public bool IsClaimed { get; init; }
        public string Email { get; init; } = "";
        public string FirstName { get; init; } = "";
        public string? Own { get; init; }
        public string Organization { get; init; } = "";
        public long Overdue { get; init; }
        public long DueToday { get; init; }
        public string[]? OverdueTitles { get; init; }
        public DateTime[]? OverdueTimes { get; init; }
        public string[]? TodayTitles { get; init; }
        public DateTime[]? TodayTimes { get; init; }
    }

    // The next users in the order of their key, of them those who have something due and no digest for their date, and the claim on these.
    // A user's preferences {"notifications":{"dailyDigest":false}} switch it off. The page is cut before anything is joined, so that the cost
    // grows with the users alone: 200 of 20,000 take 3 to 9 ms with 200,000 tasks, whichever plan is made.
    private const string ClaimSql = $$"""
        with page as materialized (
            select u.organization_id, u.id as user_id, u.email, u.first_name, u.timezone, u.status, u.preferences
            from users u
            where (u.organization_id, u.id) > (@AfterOrganization, @AfterUser)
            order by u.organization_id, u.id
            limit @BatchSize),
        page_end as (
            select organization_id as last_organization, user_id as last_user, count(*) over () as users
            from page
            order by organization_id desc, user_id desc
            limit 1),
        candidates as materialized (
            select u.organization_id, u.user_id, u.email, u.first_name, z.own, z.organization, z.local_date, z.day_end
            from page u
            join organizations o on o.id = u.organization_id
            join unnest(@Owns::text[], @Organizations::text[], @Dates::date[], @DayEnds::timestamptz[]) as z (own, organization, local_date, day_end)
              on z.own is not distinct from u.timezone and z.organization = o.timezone
            where u.status = 'active'
              and coalesce(u.preferences #>> '{notifications,dailyDigest}', 'true') <> 'false'
              and not exists (
                  select from task_digests d
                  where d.organization_id = u.organization_id and d.user_id = u.user_id and d.local_date = z.local_date)
              and exists (
                  select from tasks t
                  where t.organization_id = u.organization_id and t.assignee_id = u.user_id
                    and t.deleted_at is null and t.status {{TaskStates.AreOpenSql}} and t.due_order < z.day_end)),
        claimed as (
            insert into task_digests (organization_id, user_id, local_date, created_at)
            select organization_id, user_id, local_date, @Now
            from candidates
            on conflict do nothing
            returning organization_id, user_id)
        select e.last_organization, e.last_user, e.users, c.organization_id, claimed.user_id is not null as is_claimed,
               c.email, c.first_name, c.own, c.organization,
               n.overdue, n.due_today, late.titles as overdue_titles, late.times as overdue_times, today.titles as today_titles, today.times as today_times
        from page_end e
        left join candidates c on true
        left join claimed on claimed.organization_id = c.organization_id and claimed.user_id = c.user_id
        cross join lateral (
            select count(*) filter (where t.due_order < @Now) as overdue, count(*) filter (where t.due_order >= @Now) as due_today
            from tasks t
            where t.organization_id = c.organization_id and t.assignee_id = c.user_id
              and t.deleted_at is null and t.status {{TaskStates.AreOpenSql}} and t.due_order < c.day_end) n
        cross join lateral (
            select array_agg(f.title order by f.due_order, f.id) as titles, array_agg(f.due_at order by f.due_order, f.id) as times
            from (
                select t.title, t.due_at, t.due_order, t.id
                from tasks t
                where t.organization_id = c.organization_id and t.assignee_id = c.user_id
                  and t.deleted_at is null and t.status {{TaskStates.AreOpenSql}} and t.due_order < @Now
                order by t.due_order, t.id
                limit @MostListed) f) late
        cross join lateral (
            select array_agg(f.title order by f.due_order, f.id) as titles, array_agg(f.due_at order by f.due_order, f.id) as times
            from (
                select t.title, t.due_at, t.due_order, t.id
                from tasks t
                where t.organization_id = c.organization_id and t.assignee_id = c.user_id
                  and t.deleted_at is null and t.status {{TaskStates.AreOpenSql}} and t.due_order >= @Now and t.due_order < c.day_end
                order by t.due_order, t.id
                limit @MostListed) f) today
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        var now = db.Now;
        var mornings = (await db.List<ZonePair>(Scope.Global, ZonesSql, null, ct))
            .Select(pair => (Pair: pair, Zone: TimeZones.First(pair.Own, pair.Organization)))
            .Where(place => TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, place.Zone).DateTime) >= Morning)
            .Select(place => (place.Pair, Day: LocalDay.At(now, place.Zone)))
            .ToArray();
        if (mornings.Length == 0)
            return;

        var places = (
            Owns: mornings.Select(place => place.Pair.Own).ToArray(),
            Organizations: mornings.Select(place => place.Pair.Organization).ToArray(),
            Dates: mornings.Select(place => place.Day.Date).ToArray(),
            DayEnds: mornings.Select(place => place.Day.End.UtcDateTime).ToArray());
        var (organization, user) = (Guid.Empty, Guid.Empty);
        while (true)
        {
            var batch = await db.Transaction(Scope.Global, async tx =>
            {
                var found = await tx.List<Digest>(ClaimSql, new
                {
                    places.Owns,
                    places.Organizations,
                    places.Dates,
                    places.DayEnds,
                    AfterOrganization = organization,
                    AfterUser = user,
                    BatchSize,
                    MostListed,
                    Now = now,
                });
                var mails = found.Where(digest => digest.IsClaimed)
                    .Select(digest => (digest.OrganizationId, digest.Email, (Letter)LetterFor(digest))).ToArray();
                if (mails.Length > 0)
                    await tx.SendEmails(mails);
                return found;
            }, ct);
            if (batch.Count == 0 || batch[0].Users < BatchSize)
                return;
            (organization, user) = (batch[0].LastOrganization, batch[0].LastUser);
        }
    }

    private static TaskDigestLetter LetterFor(Digest digest)
    {
        var zone = TimeZones.First(digest.Own, digest.Organization);
        return new TaskDigestLetter(
            digest.FirstName, digest.Overdue, digest.DueToday, Lines(digest.OverdueTitles, digest.OverdueTimes), Lines(digest.TodayTitles, digest.TodayTimes));

        string[] Lines(string[]? titles, DateTime[]? times) =>
            titles is null ? [] : [.. titles.Zip(times!, (title, time) => $"{title} ({CrmTask.InWords(new DateTimeOffset(time, TimeSpan.Zero), zone)})")];
    }
}

using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>Before when each recipient is not written to: quiet hours, and the contact's own time of day.</summary>
internal static class SendingTimes
{
    private const string ZoneSql = """
        select timezone
        from organizations
        where id = @OrganizationId
        """;

    /// <summary>Whose message nobody has claimed, with their own zone.</summary>
    private const string Recipients = """
        from deliveries d
        join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id
        left join time_zones z on z.name = c.custom_fields ->> 'timezone'
        where d.organization_id = @OrganizationId
          and d.campaign_id = @CampaignId
          and d.status = 'pending'
          and d.call_id is null
        """;

    private const string ZonesSql = $"""
        select distinct z.name
        {Recipients}
          and z.name is not null
        """;

    // What waits already (for its own hour, after a failed try) waits at least as long.
    private const string AllSql = """
        update deliveries
        set not_before = greatest(not_before, @Time)
        where organization_id = @OrganizationId
          and campaign_id = @CampaignId
          and status = 'pending'
          and call_id is null
        """;

    private const string ByZoneSql = $"""
        update deliveries u
        set not_before = greatest(u.not_before, t.time)
        from (
            select d.id, coalesce(z.name, '') as zone
            {Recipients}) r
        join unnest(@Zones, @Times) as t (zone, time) on t.zone = r.zone
        where u.organization_id = @OrganizationId
          and u.id = r.id
        """;

    /// <summary>Sets them for all recipients that wait. Which hour it is where is known to the app alone: a statement for all, or one a zone's time.</summary>
    /// <param name="tx">Has the campaign locked.</param>
    /// <param name="campaign">The campaign.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="planned">The moment it is sent for: with sendInContactTimezone that time of day where the contact is, unless it has passed there.</param>
    public static async Task Set(DbTransaction tx, CampaignRow campaign, CampaignSettings settings, DateTimeOffset planned)
    {
        var ownHours = settings.SendInContactTimezone == true;
        if (settings.QuietHours is null && !ownHours)
            return;
        var home = TimeZones.First(await tx.Find<string>(ZoneSql, null));
        // Who was to get it at their own hour has that hour already when it goes on.
        var wall = campaign.HasStarted ? (DateTime?)null : TimeZoneInfo.ConvertTime(planned, home).DateTime;
        if (!ownHours)
        {
            if (NotBefore(tx.Now, null, home, settings.QuietHours) is { } time)
                await tx.Execute(AllSql, new { CampaignId = campaign.Id, Time = time });
            return;
        }

        var zones = (await tx.List<string>(ZonesSql, new { CampaignId = campaign.Id })).Select(name => (Name: name, Zone: TimeZones.First(name, home.Id)));
        var times = (
            from zone in zones.Prepend((Name: "", Zone: home))
            let time = NotBefore(tx.Now, wall, zone.Zone, settings.QuietHours)
            where time is not null
            select (zone.Name, Time: time.Value.UtcDateTime)).ToArray();
        if (times.Length == 0)
            return;
        await tx.Execute(ByZoneSql, new
        {
            CampaignId = campaign.Id,
            Zones = times.Select(time => time.Name).ToArray(),
            Times = times.Select(time => time.Time).ToArray(),
        });
    }

    /// <summary>The first moment at which somebody in a zone may be written to; null: now.</summary>
    internal static DateTimeOffset? NotBefore(DateTimeOffset now, DateTime? wall, TimeZoneInfo zone, CampaignSettings.Hours? quiet)
    {
        var start = wall is { } time && At(time, zone) is var own && own > now ? own : now;
        if (quiet is not null)
        {
            var local = TimeZoneInfo.ConvertTime(start, zone).DateTime;
            // Wraps around midnight by itself.
            if (TimeOnly.FromDateTime(local).IsBetween(quiet.Begin, quiet.End))
                start = At(local.Date.AddDays(quiet.End <= TimeOnly.FromDateTime(local) ? 1 : 0) + quiet.End.ToTimeSpan(), zone);
        }

        return start > now ? start : null;
    }

    private static DateTimeOffset At(DateTime local, TimeZoneInfo zone) =>
        new ClientTime(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), null, false).In(zone);
}

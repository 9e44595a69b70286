using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Reports;

/// <summary>What the database keeps for reports must be what a count of the rows gives.</summary>
internal static class ReportCounts
{
    /// <summary>Rows that FoldReportCounts has left, in an organisation that has many.</summary>
    public const string Unfolded = """
        select (select count(*) from daily_counts where organization_id = $1 and not is_folded)
             + (select count(*) from message_slots where organization_id = $1 and not is_folded)
        """;

    private const string WrongDays = """
        select count(*)
        from (
            select kind, day, key, sum(rows) as rows
            from daily_counts
            where organization_id = $1
            group by kind, day, key) kept
        full join (
            select 'contacts' as kind, (created_at at time zone 'UTC')::date as day, source as key, count(*) as rows
            from contacts
            where organization_id = $1 and deleted_at is null
            group by day, key
            union all
            select 'entries', (occurred_at at time zone 'UTC')::date as day, actor_id::text as key, count(*)
            from timeline_entries
            where organization_id = $1 and deleted_at is null
            group by day, key) counted
            on kept.kind = counted.kind and kept.day = counted.day and kept.key is not distinct from counted.key
        where coalesce(kept.rows, 0) <> coalesce(counted.rows, 0)
        """;

    private const string WrongSlots = """
        select count(*)
        from (
            select slot, channel, campaign_id, sum(sent) as sent, sum(delivered) as delivered, sum(opened) as opened, sum(clicked) as clicked,
                   sum(bounced) as bounced, sum(failed) as failed
            from message_slots
            where organization_id = $1
            group by slot, channel, campaign_id) kept
        full join (
            select date_bin('15 minutes', case state when 'sent' then sent_at when 'failed' then failed_at end, '2000-01-01Z') as slot, channel, campaign_id,
                   count(*) filter (where state = 'sent') as sent,
                   count(*) filter (where state = 'sent' and bounced_at is null and delivered_at is not null) as delivered,
                   count(*) filter (where state = 'sent' and bounced_at is null and opened_at is not null) as opened,
                   count(*) filter (where state = 'sent' and bounced_at is null and clicked_at is not null) as clicked,
                   count(*) filter (where state = 'sent' and bounced_at is not null) as bounced,
                   count(*) filter (where state = 'failed') as failed
            from deliveries
            where organization_id = $1 and state in ('sent', 'failed')
            group by slot, channel, campaign_id) counted
            on kept.slot = counted.slot and kept.channel = counted.channel and kept.campaign_id is not distinct from counted.campaign_id
        where (coalesce(kept.sent, 0), coalesce(kept.delivered, 0), coalesce(kept.opened, 0), coalesce(kept.clicked, 0), coalesce(kept.bounced, 0),
               coalesce(kept.failed, 0))
            <> (coalesce(counted.sent, 0), coalesce(counted.delivered, 0), coalesce(counted.opened, 0), coalesce(counted.clicked, 0),
                coalesce(counted.bounced, 0), coalesce(counted.failed, 0))
        """;

    private const string WrongReceived = """
        select (select coalesce(sum(received), 0) from message_slots where organization_id = $1)::bigint
             - (select count(*) from messages where organization_id = $1 and direction = 'inbound')
        """;

    public static async Task Check(TestOrganization org)
    {
        foreach (var sql in new[] { WrongDays, WrongSlots, WrongReceived })
            Assert.True(await org.App.Scalar<long>(sql, org.Id) == 0, sql);
    }
}

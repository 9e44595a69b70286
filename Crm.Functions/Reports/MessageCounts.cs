using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Reports;

/// <summary>What became of the messages of one of the <see cref="Stretches"/> on a channel, of campaigns or of the inbox.</summary>
internal sealed record MessageCounts(
    int Number, string Channel, bool IsCampaign, long Sent, long Delivered, long Opened, long Clicked, long Bounced, long Failed, long Received)
{
    /// <summary>Those that did not reach anybody.</summary>
    public long Lost => Failed + Bounced;

    public string DeliveryRate => Rates.Percent(Delivered, Sent);

    public string OpenRate => Rates.Percent(Opened, Delivered);

    public string ClickRate => Rates.Percent(Clicked, Delivered);

    // The quarters of an hour that the database counts: for a year of 5,000,000 deliveries 50 ms.
    private const string Sums = """
        sum(c.sent)::bigint as sent, sum(c.delivered)::bigint as delivered, sum(c.opened)::bigint as opened, sum(c.clicked)::bigint as clicked,
        sum(c.bounced)::bigint as bounced, sum(c.failed)::bigint as failed, sum(c.received)::bigint as received
        """;

    private const string AllSql = $"""
        select b.n as number, c.channel, c.campaign_id is not null as is_campaign, {Sums}
        from {ReportSql.Spans}
        join message_slots c on c.organization_id = @OrganizationId and c.slot >= b.starts and c.slot < b.ends
        where b.n >= 0
        group by b.n, c.channel, c.campaign_id is not null
        """;

    // Of staff with 16,000 conversations, each with five messages, a quarter of a second: nothing else says whose a message is.
    private const string OwnSql = $"""
        select b.n as number, c.channel, true as is_campaign, {Sums}
        from {ReportSql.Spans}
        join message_slots c on c.organization_id = @OrganizationId and c.slot >= b.starts and c.slot < b.ends
        join campaigns k on k.organization_id = c.organization_id and k.id = c.campaign_id and k.creator_id = @OwnerId
        where b.n >= 0
        group by b.n, c.channel
        union all
        select width_bucket(c.at, @Bounds::timestamptz[]) - 1, c.type, false, {Sums}
        from (
            select m.type, m.created_at as at, 0 as sent, 0 as delivered, 0 as opened, 0 as clicked, 0 as bounced, 0 as failed, 1 as received
            from conversations v
            join messages m on m.organization_id = v.organization_id and m.conversation_id = v.id and m.direction = 'inbound'
            where v.organization_id = @OrganizationId and (v.assignee_id = @OwnerId or v.owner_id = @OwnerId)
            union all
            select m.type, delivery_slot(d.state, d.sent_at, d.failed_at), (d.state = 'sent')::integer,
                   (d.state = 'sent' and d.bounced_at is null and d.delivered_at is not null)::integer,
                   (d.state = 'sent' and d.bounced_at is null and d.opened_at is not null)::integer,
                   (d.state = 'sent' and d.bounced_at is null and d.clicked_at is not null)::integer,
                   (d.state = 'sent' and d.bounced_at is not null)::integer, (d.state = 'failed')::integer, 0
            from conversations v
            join messages m on m.organization_id = v.organization_id and m.conversation_id = v.id and m.direction = 'outbound'
            join deliveries d on d.organization_id = m.organization_id and d.id = m.id
            where v.organization_id = @OrganizationId and (v.assignee_id = @OwnerId or v.owner_id = @OwnerId)) c
        where c.at >= (@Bounds::timestamptz[])[1] and c.at < (@Bounds::timestamptz[])[cardinality(@Bounds::timestamptz[])]
        group by 1, c.type
        """;

    public static string Sql(Scope scope) => scope.OwnerId is null ? AllSql : OwnSql;

    public static MessageCounts Sum(IEnumerable<MessageCounts> counts) => counts.Aggregate(
        new MessageCounts(0, "", false, 0, 0, 0, 0, 0, 0, 0),
        static (sum, one) => sum with
        {
            Sent = sum.Sent + one.Sent,
            Delivered = sum.Delivered + one.Delivered,
            Opened = sum.Opened + one.Opened,
            Clicked = sum.Clicked + one.Clicked,
            Bounced = sum.Bounced + one.Bounced,
            Failed = sum.Failed + one.Failed,
            Received = sum.Received + one.Received,
        });
}

/// <summary>What became of what a campaign sent in the period, and how many campaigns there were.</summary>
internal sealed record CampaignCount(Guid Id, string Name, string Type, long Sent, long Delivered, long Opened, long Clicked, long Campaigns)
{
    private const int Top = 10;

    public static string Sql(Scope scope) => $"""
        with counted as (
            select c.campaign_id, sum(c.sent)::bigint as sent, sum(c.delivered)::bigint as delivered, sum(c.opened)::bigint as opened,
                   sum(c.clicked)::bigint as clicked
            from {ReportSql.Spans}
            join message_slots c on c.organization_id = @OrganizationId and c.slot >= b.starts and c.slot < b.ends
            where b.n = {Stretches.Whole} and c.campaign_id is not null
            group by c.campaign_id
            having sum(c.sent) > 0),
        own as (
            select k.id, k.name, k.type, t.sent, t.delivered, t.opened, t.clicked
            from counted t
            join campaigns k on k.organization_id = @OrganizationId and k.id = t.campaign_id{ReportSql.Own(scope, "k.creator_id")})
        select own.*, (select count(*) from own) as campaigns
        from own
        order by clicked desc, opened desc, sent desc, id
        limit {Top}
        """;
}

using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>Decides the A/B tests whose time is over: the subject that more people opened, or clicked, goes to the rest. Machines do not count.</summary>
public static class DecideAbTests
{
    private const int MostAtOnce = 100;

    private sealed record Due(Guid OrganizationId, Guid Id);

    // Also of one that is paused or, where all recipients were in the test, sent: it is shown which subject did better. Not before all of the test was sent.
    private const string DueSql = """
        select organization_id, id
        from campaigns
        where decide_at <= @Now
          and winner is null
          and status in ('sending', 'paused', 'sent')
          and not exists (
              select
              from deliveries d
              where d.organization_id = campaigns.organization_id and d.campaign_id = campaigns.id
                and d.status = 'pending' and d.call_id is null and d.variant is not null)
        order by decide_at, id
        limit @MostAtOnce
        """;

    // The share of those written to, for a few of one half may have been suppressed. A tie is the first subject's. Locked first: another run may be at it.
    private const string DecideSql = """
        with test as (
            select id, settings #>> '{abTest,metric}' = 'clicks' as is_by_clicks
            from campaigns
            where organization_id = @OrganizationId
              and id = @Id
              and winner is null
            for no key update skip locked),
        scores as (
            select d.variant,
                   count(case when test.is_by_clicks then d.human_clicked_at else d.human_opened_at end)::numeric / greatest(count(*), 1) as score
            from test
            join deliveries d on d.organization_id = @OrganizationId and d.campaign_id = test.id and d.variant is not null and d.state = 'sent'
            group by d.variant)
        select case
                   when coalesce((select score from scores where variant = 'b'), 0) > coalesce((select score from scores where variant = 'a'), 0) then 'b'
                   else 'a'
               end
        from test
        """;

    private const string SaveSql = """
        update campaigns
        set winner = @Winner, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        var due = await db.List<Due>(Scope.Global, DueSql, new { db.Now, MostAtOnce }, ct);
        await OneByOne.Do(due, one => db.Transaction(new Scope(one.OrganizationId), tx => Decide(tx, one.Id), ct), ct);
    }

    private static async Task<bool> Decide(DbTransaction tx, Guid id)
    {
        if (await tx.Find<string>(DecideSql, new { Id = id }) is not { } winner)
            return false;
        // The sweep finds the rest within a minute.
        await tx.Execute(SaveSql, new { Id = id, Winner = winner, tx.Now });
        await tx.Audit(null, "campaign.test_decided", "campaign", id, new { winner });
        return true;
    }
}

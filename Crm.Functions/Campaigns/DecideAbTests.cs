using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>Decides the A/B tests whose time is over: the subject that more people opened, or clicked, goes to the rest. Machines do not count.</summary>
public static class DecideAbTests
{
    private const int MostAtOnce = 100;

    private sealed record Due(Guid OrganizationId, Guid Id);

    // Also of one that is paused or, where all recipients were in the test, sent: it is shown which subject did better.
    private const string DueSql = """
        select organization_id, id
        from campaigns
        where decide_at <= @Now
          and winner is null
          and status in ('sending', 'paused', 'sent')
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

    [Function("DecideAbTests")]
    public static async Task Handle([TimerTrigger(Schedules.EveryMinute)] TimerInfo timer, Db db, CancellationToken ct)
    {
        foreach (var due in await db.List<Due>(Scope.Global, DueSql, new { db.Now, MostAtOnce }, ct))
        {
            await db.Transaction(new Scope(due.OrganizationId), async tx =>
            {
                if (await tx.Find<string>(DecideSql, new { due.Id }) is not { } winner)
                    return false;
                // The sweep finds the rest within a minute.
                await tx.Execute(SaveSql, new { due.Id, Winner = winner, tx.Now });
                await tx.Audit(null, "campaign.test_decided", "campaign", due.Id, new { winner });
                return true;
            }, ct);
        }
    }
}

using Azure.Storage.Queues;
using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// Settles calls whose answer never came. Those that were never begun are released, to be sent again. Of the others the vendor's events prove that they
/// were taken (DeliveryEvents); that they were not, silence proves, once the vendor is heard: it has to last as long again as the vendor was not heard
/// before, for so long may an event wait that could not be delivered. Without either they fail after three days.
/// </summary>
public static class SettleCalls
{
    /// <summary>Nothing heard of a call for so long, though the vendor is heard: it was never taken. At least so long.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Hopeless = TimeSpan.FromHours(72);

    /// <summary>An event that has waited longer to be processed may be about any call.</summary>
    private static readonly TimeSpan Backlog = TimeSpan.FromMinutes(1);

    private const int MostAtOnce = 1000;

    private sealed record Call(Guid OrganizationId, Guid? CampaignId, Guid Id);

    private const string HeardSql = $"""
        update provider_calls p
        set heard_at = s.heard_at
        from (
            select p.organization_id, p.id, h.heard_at
            from provider_calls p
            join provider_pulses h on h.provider = {ProviderSql} and h.heard_at > p.claimed_at
            where p.state in ('claimed', 'uncertain')
              and p.heard_at is null
            order by p.claimed_at, p.id
            for no key update of p skip locked) s
        where p.organization_id = s.organization_id and p.id = s.id
        """;

    private const string ProviderSql = "case p.channel when 'email' then 'sendgrid' else 'twilio-status' end";

    private const string SilentSql = $"""
        select p.organization_id, p.campaign_id, p.id
        from provider_calls p
        where p.state = 'uncertain'
          and p.heard_at <= @SilentSince
          and @Now - p.heard_at >= p.heard_at - p.claimed_at
          and not exists (
              select
              from provider_events e
              where e.provider = {ProviderSql}
                and (e.status = 'received' and e.received_at <= @Waiting
                     or e.status = 'parked' and e.organization_id = p.organization_id and e.received_at >= p.claimed_at))
        order by p.claimed_at, p.id
        limit @MostAtOnce
        """;

    private const string HopelessSql = """
        select organization_id, campaign_id, id
        from provider_calls
        where state = 'uncertain'
          and claimed_at <= @HopelessSince
        order by claimed_at, id
        limit @MostAtOnce
        """;

    private const string NotBegunSql = """
        select organization_id, campaign_id, id
        from provider_calls
        where state = 'claimed'
          and claimed_at <= @LeaseEnded
          and called_at is null
        order by claimed_at, id
        limit @MostAtOnce
        """;

    private const string UncertainSql = """
        update provider_calls
        set state = 'uncertain', error = coalesce(error, 'No answer came.')
        where state = 'claimed'
          and claimed_at <= @LeaseEnded
          and called_at is not null
        """;

    private const string SettleSql = """
        update provider_calls
        set state = @State, settled_at = @Now
        where organization_id = @OrganizationId
          and id = any(@Calls)
          and (state = 'uncertain' or state = 'claimed' and called_at is null)
        returning id
        """;

    private const string ReleaseSql = $"""
        {UpdateSql}
          and campaign_id = @CampaignId
        """;

    private const string ReleaseMessagesSql = $"""
        {UpdateSql}
          and campaign_id is null
        """;

    private const string UpdateSql = """
        update deliveries
        set state = case when @IsHopeless or attempts + 1 >= @MostAttempts then 'failed' else 'pending' end,
            error = case when @IsHopeless then 'unconfirmed' when attempts + 1 >= @MostAttempts then 'No answer came.' end,
            failed_at = case when @IsHopeless or attempts + 1 >= @MostAttempts then @Now end,
            call_id = case when @IsHopeless then call_id end, attempts = attempts + 1, queued_until = null
        where organization_id = @OrganizationId
          and status = 'pending'
          and call_id = any(@Calls)
        """;

    public static Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var now = db.Now;
        var leaseEnded = now - CallLedger.Lease;
        return OneByOne.Do<Func<Task>>(
            [
                () => db.Execute(Scope.Global, HeardSql, null, ct),
                () => Settle(db, NotBegunSql, new { LeaseEnded = leaseEnded, MostAtOnce }, isHopeless: false, ct),
                () => Settle(db, HopelessSql, new { HopelessSince = now - Hopeless, MostAtOnce }, isHopeless: true, ct),
                () => Settle(db, SilentSql, new { SilentSince = now - Silence, Waiting = now - Backlog, Now = now, MostAtOnce }, isHopeless: false, ct),
                // After the others: a call that is uncertain from now on is looked at in a minute, when whoever still makes it has written down its answer.
                () => db.Execute(Scope.Global, UncertainSql, new { LeaseEnded = leaseEnded }, ct),
                () => Doubts.Tell(db, now - Silence, ct),
                () => DueMessages.Queue(db, queues, now, ct),
            ],
            step => step(),
            ct);
    }

    private static async Task Settle(Db db, string sql, object times, bool isHopeless, CancellationToken ct)
    {
        var calls = await db.List<Call>(Scope.Global, sql, times, ct);
        await OneByOne.Do(
            calls.GroupBy(call => (call.OrganizationId, call.CampaignId)),
            of => db.Transaction(
                new Scope(of.Key.OrganizationId), tx => Settle(tx, of.Key.CampaignId, of.Select(call => call.Id).Order().ToArray(), isHopeless), ct),
            ct);
    }

    private static async Task<int> Settle(DbTransaction tx, Guid? campaignId, Guid[] calls, bool isHopeless)
    {
        var ours = await tx.List<Guid>(SettleSql, new { State = isHopeless ? "unconfirmed" : "released", Calls = calls, tx.Now });
        return await tx.Execute(
            campaignId is null ? ReleaseMessagesSql : ReleaseSql,
            new { CampaignId = campaignId, Calls = ours.ToArray(), IsHopeless = isHopeless, CallLedger.MostAttempts, tx.Now });
    }
}

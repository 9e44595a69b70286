using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Sending;

/// <summary>
/// Settles calls whose answer never came. Their vendor's events prove that they were taken (DeliveryEvents). That they were not, silence proves, while the
/// vendor is heard: they are released, to be sent again. Without either they fail after three days. Then queues the inbox messages that are due.
/// </summary>
public static class SettleCalls
{
    /// <summary>Nothing heard of a call for so long, though of others: it was never taken.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Hopeless = TimeSpan.FromHours(72);

    /// <summary>An event that has waited longer to be processed may be about any call.</summary>
    private static readonly TimeSpan Backlog = TimeSpan.FromMinutes(1);

    /// <summary>A fresh message is left to its own.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What was queued is not queued again for so long; a message that is lost costs as much.</summary>
    private static readonly TimeSpan QueueLease = TimeSpan.FromMinutes(10);
    private const int MostAtOnce = 1000;

    private sealed record Call(Guid OrganizationId, Guid? CampaignId, Guid Id);

    private const string SilentSql = """
        select p.organization_id, p.campaign_id, p.id
        from provider_calls p
        join provider_pulses h on h.provider = case p.channel when 'email' then 'sendgrid' else 'twilio-status' end
        where p.state = 'uncertain'
          and p.claimed_at <= @SilentSince
          and h.heard_at > p.claimed_at
          and not exists (
              select
              from provider_events e
              where e.status = 'received'
                and e.provider = h.provider
                and e.received_at <= @Waiting)
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

    private const string UncertainSql = """
        update provider_calls
        set state = 'uncertain', error = coalesce(error, 'No answer came.')
        where state = 'claimed'
          and claimed_at <= @LeaseEnded
        """;

    private const string SettleSql = """
        update provider_calls
        set state = @State, settled_at = @Now
        where organization_id = @OrganizationId
          and id = any(@Calls)
          and state = 'uncertain'
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
            call_id = case when @IsHopeless then call_id end, attempts = attempts + 1
        where organization_id = @OrganizationId
          and status = 'pending'
          and call_id = any(@Calls)
        """;

    private const string DueSql = """
        update deliveries
        set queued_until = @QueueLeaseEnd
        where (organization_id, id) in (
            select organization_id, id
            from deliveries
            where campaign_id is null
              and status = 'pending'
              and coalesce(not_before, created_at) <= @Due
              and call_id is null
              and (queued_until is null or queued_until <= @Now)
            order by coalesce(not_before, created_at), id
            limit @MostAtOnce
            for no key update skip locked)
        returning organization_id, id as delivery_id
        """;

    [Function("SettleCalls")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryMinute)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var now = db.Now;
        await Settle(db, await db.List<Call>(Scope.Global, HopelessSql, new { HopelessSince = now - Hopeless, MostAtOnce }, ct), isHopeless: true, ct);
        await Settle(
            db,
            await db.List<Call>(Scope.Global, SilentSql, new { SilentSince = now - Silence, Waiting = now - Backlog, MostAtOnce }, ct),
            isHopeless: false,
            ct);
        // After the others: a call that is uncertain from now on is looked at in a minute, when whoever still makes it has written down its answer.
        await db.Execute(Scope.Global, UncertainSql, new { LeaseEnded = now - CallLedger.Lease }, ct);
        var due = await db.List<SendMessage.Message>(
            Scope.Global, DueSql, new { QueueLeaseEnd = now + QueueLease, Due = now - Patience, Now = now, MostAtOnce }, ct);
        foreach (var message in due)
            await queues.Send(Queues.SendMessage, JsonSerializer.Serialize(message, JsonSerializerOptions.Web), ct);
    }

    private static async Task Settle(Db db, List<Call> calls, bool isHopeless, CancellationToken ct)
    {
        foreach (var of in calls.GroupBy(call => (call.OrganizationId, call.CampaignId)))
        {
            await db.Transaction(new Scope(of.Key.OrganizationId), async tx =>
            {
                var ours = await tx.List<Guid>(
                    SettleSql, new { State = isHopeless ? "unconfirmed" : "released", Calls = of.Select(call => call.Id).Order().ToArray(), tx.Now });
                return await tx.Execute(
                    of.Key.CampaignId is null ? ReleaseMessagesSql : ReleaseSql,
                    new { of.Key.CampaignId, Calls = ours.ToArray(), IsHopeless = isHopeless, CallLedger.MostAttempts, tx.Now });
            }, ct);
        }
    }
}

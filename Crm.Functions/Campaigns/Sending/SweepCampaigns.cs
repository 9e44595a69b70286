using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// Queues the campaigns that have recipients to be claimed (a message was lost, a wait is over, their hour has come), and ends those that have nobody left.
/// A message too many claims nobody.
/// </summary>
public static class SweepCampaigns
{
    private const int MostMails = 20;
    private const int MostSms = 200;
    private const int Most = MostMails * SendCampaignBatch.MailsAtOnce;

    /// <summary>Between one message's last call and the next one's first.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    /// <summary>A call that is longer under way is nobody's any more.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);

    private sealed record AtWork(Guid OrganizationId, Guid Id, int Run, string Type, bool IsPaced, bool HasPending, long Claimable, bool StandsStill);

    // What this sweep queued a minute ago, and was done with soon after, is no sign that it goes on: where all that follow each other were lost (they met a
    // vendor that holds everybody up), it would be sent by these few alone from then on.
    private const string Sql = $"""
        select p.organization_id, p.id, p.run, p.type, (o.send_rate_per_minute is not null or p.settings ->> 'ratePerMinute' is not null) as is_paced,
               exists (
                   select
                   from deliveries d
                   where d.organization_id = p.organization_id and d.campaign_id = p.id and d.status = 'pending') as has_pending,
               (select count(*)
                from (
                    select
                    from deliveries d
                    cross join (select {CampaignAtWork.IsUndecidedSql} as is_undecided) as test
                    where d.organization_id = p.organization_id and d.campaign_id = p.id and d.status = 'pending'
                      and {DueRecipient.ClaimableSql}
                    limit @Most) as c) as claimable,
               not exists (
                   select
                   from provider_calls c
                   where c.organization_id = p.organization_id and c.campaign_id = p.id and c.run = p.run and c.claimed_at > @Recently
                     and (c.state = 'claimed' or c.settled_at > @JustNow)) as stands_still
        from campaigns p
        join organizations o on o.id = p.organization_id
        where p.status = 'sending'
          and p.deleted_at is null
          and (p.next_claim_at is null or p.next_claim_at <= @Now)
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, IOptions<SendGridOptions> mail, CancellationToken ct)
    {
        var campaigns = await db.List<AtWork>(Scope.Global, Sql, new { Most, Recently = db.Now - Standstill, JustNow = db.Now - Pause, db.Now }, ct);
        await OneByOne.Do(campaigns, campaign => GoOn(db, queues, campaign, Messages(campaign, mail.Value), ct), ct);
    }

    private static async Task GoOn(Db db, QueueServiceClient queues, AtWork campaign, long messages, CancellationToken ct)
    {
        if (!campaign.HasPending)
            await CampaignEnd.Finish(db, new Scope(campaign.OrganizationId), campaign.Id, campaign.Run);
        // Of one that is going on there are messages enough: these only help.
        var message = JsonSerializer.Serialize(
            new SendCampaignBatch.Message(campaign.OrganizationId, campaign.Id, campaign.Run, GoesOn: campaign.StandsStill), JsonSerializerOptions.Web);
        for (; messages > 0; messages--)
            await queues.Send(Queues.CampaignBatches, message, ct);
    }

    // At a rate each message is followed by the next one: two would only be in one another's way.
    private static long Messages(AtWork campaign, SendGridOptions mail)
    {
        var size = SendCampaignBatch.Size(campaign.Type, mail);
        var most = size == SendCampaignBatch.MailsAtOnce ? MostMails : MostSms;
        return Math.Min((campaign.Claimable + size - 1) / size, campaign.IsPaced ? 1 : most);
    }
}

using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// Queues the campaigns that have recipients to be claimed (a message was lost, a wait is over, their hour has come), and ends those that have nobody left.
/// A message too many claims nobody.
/// </summary>
public static class SweepCampaigns
{
    private const int MostMails = 20;
    private const int MostSms = 200;
    private const int MailsAMessage = 1000;
    private const int SmsAMessage = 50;

    private sealed record AtWork(Guid OrganizationId, Guid Id, int Run, string Type, bool IsPaced, bool HasPending, long Claimable);

    private const string Sql = $"""
        select p.organization_id, p.id, p.run, p.type, p.next_claim_at is not null as is_paced,
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
                    limit @Most) as c) as claimable
        from campaigns p
        where p.status = 'sending'
          and p.deleted_at is null
          and (p.next_claim_at is null or p.next_claim_at <= @Now)
        """;

    [Function("SweepCampaigns")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryMinute)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var campaigns = await db.List<AtWork>(Scope.Global, Sql, new { Most = MostMails * MailsAMessage, db.Now }, ct);
        foreach (var campaign in campaigns)
        {
            if (!campaign.HasPending)
                await CampaignEnd.Finish(db, new Scope(campaign.OrganizationId), campaign.Id, campaign.Run);
            var message = JsonSerializer.Serialize(
                new SendCampaignBatch.Message(campaign.OrganizationId, campaign.Id, campaign.Run), JsonSerializerOptions.Web);
            for (var count = Messages(campaign); count > 0; count--)
                await queues.Send(Queues.CampaignBatches, message, ct);
        }
    }

    // At a rate each message is followed by the next one: two would only be in one another's way.
    private static long Messages(AtWork campaign)
    {
        var (size, most) = campaign.Type == "sms" ? (SmsAMessage, MostSms) : (MailsAMessage, MostMails);
        return Math.Min((campaign.Claimable + size - 1) / size, campaign.IsPaced ? 1 : most);
    }
}

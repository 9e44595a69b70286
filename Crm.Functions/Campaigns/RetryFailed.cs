using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class RetryFailed
{
    /// <param name="Retried">How many recipients wait again.</param>
    /// <param name="Campaign">The campaign, which is being sent again if there are any.</param>
    public sealed record Response(long Retried, CampaignDetail Campaign);

    private const string ReleaseSql = """
        update deliveries
        set state = 'pending', call_id = null, attempts = 0, error = null, provider_id = null, sent_at = null, failed_at = null, not_before = null
        where organization_id = @OrganizationId
          and campaign_id = @CampaignId
          and status = 'failed'
        """;

    /// <summary>Sends once more to all recipients of whom it failed.</summary>
    /// <remarks>
    /// Of a campaign that was sent, is being sent or was paused. It includes those of whom nobody knows whether they got it (error <c>unconfirmed</c>):
    /// they may get it twice.
    /// </remarks>
    [Function("RetryFailedRecipients"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/retry-failed")] HttpRequest http,
        Guid id, Caller caller, Db db, Channels channels, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (campaign, refusal) = await CampaignRow.Lock(tx, id, "sent", "sending", "paused");
            if ((refusal ?? await SendCampaign.Fault(tx, caller) ?? channels.Fault(campaign!.Type)) is { } reason)
                return reason;
            var retried = await tx.Execute(ReleaseSql, new { CampaignId = id });
            if (retried > 0)
            {
                await CampaignStart.Again(tx, campaign!);
                await tx.Audit(caller.UserId, "campaign.retried", "campaign", id, new { retried });
            }

            return new Response(retried, await CampaignDetail.Read(tx, id));
        }, ct);
}

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class CancelCampaign
{
    /// <summary>Gives a campaign up: a draft, a scheduled or paused one, or one that is being sent.</summary>
    /// <remarks>What is with the vendor already arrives; nobody else is written to. A cancelled campaign can be deleted.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000004">The campaign.</param>
    [Function("CancelCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<CampaignDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/cancel")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<CampaignDetail>>(caller.Scope, async tx =>
        {
            var (campaign, fault) = await CampaignRow.Lock(tx, id, "draft", "scheduled", "paused", "sending");
            if (fault is not null)
                return fault;
            await campaign!.Turn(tx, "cancelled");
            await tx.Audit(caller.UserId, "campaign.cancelled", "campaign", id);
            return await CampaignDetail.Read(tx, id);
        }, ct);
}

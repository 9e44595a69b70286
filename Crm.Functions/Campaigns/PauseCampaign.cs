using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class PauseCampaign
{
    /// <summary>Pauses a campaign that is scheduled or being sent.</summary>
    /// <remarks>What is with the vendor already arrives. One paused before its hour stays paused when the hour comes. POST …/send goes on with it.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000002">The campaign.</param>
    [Function("PauseCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<CampaignDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/pause")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<CampaignDetail>>(caller.Scope, async tx =>
        {
            var (campaign, fault) = await CampaignRow.Lock(tx, id, "scheduled", "sending");
            if (fault is not null)
                return fault;
            await campaign!.Turn(tx, "paused");
            await tx.Audit(caller.UserId, "campaign.paused", "campaign", id);
            return await CampaignDetail.Read(tx, id);
        }, ct);
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class GetCampaign
{
    /// <summary>One campaign, with its template, what became of it and how far it has come.</summary>
    /// <remarks>The <c>ETag</c> is the campaign's version, for <c>If-Match</c>; it says nothing about the counts.</remarks>
    [Function("GetCampaign"), Tags("Campaigns"), Allow(Permission.ReadCampaigns)]
    public static async Task<Reply<CampaignDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "campaigns/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await CampaignDetail.Find(db, caller.Scope, id, ct) is { } campaign
            ? Reply<CampaignDetail>.Live(campaign, campaign.Version)
            : await Access.Refusal(db, caller.Scope, Owned.Campaign, id, Errors.CampaignNotFound, ct);
}

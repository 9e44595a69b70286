using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class ResumeCampaign
{
    /// <summary>Goes on with a campaign that was paused, as POST …/send does.</summary>
    /// <remarks>Who was written to is not written to again; the texts stay as its first send froze them.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000005">The campaign.</param>
    [Function("ResumeCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<SendCampaign.Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/resume")] HttpRequest http,
        Guid id, Caller caller, Db db, Channels channels, Links links, CancellationToken ct) =>
        SendCampaign.Send(caller, db, channels, links, id, dryRun: false, ct, "paused");
}

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class DeleteCampaign
{
    /// <param name="Id">The campaign.</param>
    public sealed record Response(Guid Id);

    private const string DeleteSql = """
        update campaigns
        set deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Deletes a campaign that is a draft or was cancelled.</summary>
    /// <remarks>Links in mails that it did send still work, those to unsubscribe too.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000004">The campaign.</param>
    [Function("DeleteCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "campaigns/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (campaign, fault) = await CampaignRow.Lock(tx, id);
            if (fault is not null)
                return fault;
            if (campaign!.Status is not ("draft" or "cancelled"))
                return Errors.CampaignNotDeletable;
            await tx.Execute(DeleteSql, new { Id = id, tx.Now });
            await tx.Audit(caller.UserId, "campaign.deleted", "campaign", id);
            return new Response(id);
        }, ct);
}

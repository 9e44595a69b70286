using System.Security.Cryptography;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Templates;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class DuplicateCampaign
{
    /// <param name="Name">What the copy is called; the same name with "(copy)" by default.</param>
    [ValidatableType]
    public sealed record Request([Text(Longest.Name)] string? Name)
    {
        public static Request Example => new("Catalogue of the season, again");
    }

    private const string Suffix = " (copy)";

    /// <summary>Makes a copy of a campaign, a draft of the caller's own without recipients.</summary>
    /// <remarks>The segment is copied too; contacts who were recipients are not.</remarks>
    [Function("DuplicateCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Created<CampaignDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/duplicate")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<CampaignDetail>>(caller.Scope, async tx =>
        {
            var (campaign, fault) = await CampaignRow.Lock(tx, id);
            if (fault is not null)
                return fault;
            var copy = campaign! with
            {
                Id = Guid.CreateVersion7(tx.Now),
                CreatorId = caller.UserId,
                Name = Fields.Text(request.Name) ?? campaign.Name[..Math.Min(campaign.Name.Length, Longest.Name - Suffix.Length)] + Suffix,
                Status = "draft",
                ScheduledAt = null,
            };
            await copy.Insert(tx, RandomNumberGenerator.GetBytes(32));
            await tx.Audit(caller.UserId, "campaign.created", "campaign", copy.Id, new { copyOf = id });
            return await CampaignDetail.Read(tx, copy.Id);
        }, ct);
}

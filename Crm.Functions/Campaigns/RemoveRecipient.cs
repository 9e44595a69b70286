using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class RemoveRecipient
{
    /// <param name="ContactId">The contact, who is no recipient any more.</param>
    /// <param name="Total">The campaign's recipients by now.</param>
    public sealed record Response(Guid ContactId, long Total);

    private sealed record Row(Guid Id, Guid ContactId, bool IsOut);

    private const string LockSql = $"""
        select id, contact_id, status <> 'pending' or call_id is not null as is_out
        from deliveries
        where organization_id = @OrganizationId
          and campaign_id = @CampaignId
          and contact_id = {ContactAccess.StandsFor}
        for update
        """;

    private const string DeleteSql = """
        delete from deliveries
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Takes a contact off a campaign's recipients: a draft's, a scheduled or a paused one's.</summary>
    /// <remarks>Who was written to stays. The id of a contact that was merged away means the one that stays.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000003">The campaign.</param>
    /// <param name="contactId" example="01990000-0000-7000-8000-c00000000002">The contact.</param>
    [Function("RemoveRecipient"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "campaigns/{id:guid}/recipients/{contactId:guid}")] HttpRequest http,
        Guid id, Guid contactId, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var (_, fault) = await CampaignRow.Lock(tx, id, "draft", "scheduled", "paused");
            if (fault is not null)
                return fault;
            if (await tx.Find<Row>(LockSql, new { CampaignId = id, ContactId = contactId }) is not { } recipient)
                return Errors.RecipientNotFound;
            if (recipient.IsOut)
                return Errors.CampaignStatus with { Message = "This contact was written to already, or is being written to." };
            await tx.Execute(DeleteSql, new { recipient.Id });
            await tx.Audit(caller.UserId, "campaign.recipient_removed", "campaign", id, new { recipient.ContactId });
            return new Response(recipient.ContactId, await Audience.Total(tx, id));
        }, ct);
}

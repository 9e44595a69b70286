using System.ComponentModel.DataAnnotations;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class AddRecipients
{
    /// <param name="ContactIds">The contacts, 10,000 at most; or give <c>segment</c>.</param>
    /// <param name="Segment">The contacts as the list route finds them; <c>{}</c> means all.</param>
    [ValidatableType]
    public sealed record Request(Guid[]? ContactIds, ContactFilter? Segment) : IValidatableObject
    {
        public static Request Example => new([Demo.Contact(5), Demo.Contact(6)], null);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (ContactIds is null == Segment is null)
                yield return new("Give either contactIds or segment.", [nameof(ContactIds)]);
            if (ContactIds is { Length: 0 or > Audience.MostNamed })
                yield return new($"contactIds must hold 1 to {Audience.MostNamed} ids.", [nameof(ContactIds)]);
        }
    }

    /// <summary>Adds contacts to a campaign's recipients: a draft's, a scheduled or a paused one's.</summary>
    /// <remarks>
    /// Those who cannot be written to are skipped, and counted by the reason. Whether somebody may be written to is asked once more when their turn comes.
    /// The id of a contact that was merged away means the one that stays.
    /// </remarks>
    /// <param name="id" example="01990000-0000-7000-8000-500000000003">The campaign.</param>
    [Function("AddRecipients"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static async Task<Reply<Admission>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/recipients")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await db.Transaction<Reply<Admission>>(caller.Scope, async tx =>
        {
            var (campaign, refusal) = await CampaignRow.Lock(tx, id, "draft", "scheduled", "paused");
            if ((refusal ?? Audience.Fault(tx.Scope, request.Segment)) is { } fault)
                return fault;
            var admission = request.Segment is { } segment
                ? await Audience.Add(tx, campaign!, segment)
                : await Audience.Add(tx, campaign!, request.ContactIds!);
            if (admission.Added > 0)
                await tx.Audit(caller.UserId, "campaign.recipients_added", "campaign", id, new { count = admission.Added });
            return admission;
        }, ct);
}

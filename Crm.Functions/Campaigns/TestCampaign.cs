using System.ComponentModel.DataAnnotations;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Email;
using Crm.Functions.Sending;
using Crm.Functions.Templates;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class TestCampaign
{
    private const int MostAddresses = 5;

    /// <param name="To">Addresses of colleagues, 5 at most; your own by default.</param>
    /// <param name="ContactId">The contact whose values are shown, for staff one of their own; the catalogue's examples without.</param>
    [ValidatableType]
    public sealed record Request(string[]? To, Guid? ContactId) : IValidatableObject
    {
        public static Request Example => new(["manager@acme.test"], Demo.Contact(4));

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (To is { Length: 0 or > MostAddresses } || To?.Any(string.IsNullOrWhiteSpace) == true)
                yield return new($"to must hold 1 to {MostAddresses} addresses.", [nameof(To)]);
        }
    }

    /// <param name="SentTo">Whom it goes to.</param>
    public sealed record Response(IReadOnlyList<string> SentTo);

    private const string MembersSql = """
        select email
        from users
        where organization_id = @OrganizationId
          and status = 'active'
          and (lower(email) = any(@Addresses) or @Addresses is null and id = @UserId)
        """;

    /// <summary>Mails a campaign to yourself, or to colleagues, as it would look.</summary>
    /// <remarks>
    /// To members of the organisation only. It counts nowhere, and its links are the real ones. An SMS is mailed too: as the text it would be.
    /// </remarks>
    [Function("TestCampaign"), Tags("Campaigns"), Allow(Permission.WriteCampaigns)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/test")] Request request,
        Guid id, Caller caller, Db db, Channels channels, CancellationToken ct)
    {
        if (await CampaignDetail.Find(db, caller.Scope, id, ct) is not { } campaign)
            return await Access.Refusal(db, caller.Scope, Owned.Campaign, id, Errors.CampaignNotFound, ct);
        PreviewContact? contact = null;
        if (request.ContactId is { } contactId)
        {
            var scope = caller.ScopeOf(Permission.ReadContacts);
            (contact, var refusal) = await ContactAccess.Find(db, scope, contactId, id => PreviewContact.Find(db, scope, id, ct), ct);
            if (refusal is not null)
                return refusal;
        }

        var rendered = RenderedCampaign.Of(CampaignWords.Of(campaign), await PreviewValues.Of(caller, contact, db, ct));
        if ((rendered.Fault ?? (Fields.Text(rendered.Content) is null ? Errors.NoContent : null) ?? channels.Fault("email")) is { } fault)
            return fault;
        var addresses = request.To?.Select(address => address.Trim().ToLowerInvariant()).Distinct().ToArray();
        return await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var members = await tx.List<string>(MembersSql, new { Addresses = addresses, caller.UserId });
            if (addresses?.Except(members, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } stranger)
                return Error.Invalid("to", $"{stranger} is no active member of your organisation: tests go to colleagues only.");
            var letter = new CampaignTestLetter($"[Test] {rendered.Subject ?? campaign.Name}", rendered.Content!, rendered.Html);
            await tx.SendEmails([.. members.Select(member => (caller.OrganizationId, member, (Letter)letter))]);
            await tx.Audit(caller.UserId, "campaign.tested", "campaign", id);
            return new Response(members);
        }, ct);
    }
}

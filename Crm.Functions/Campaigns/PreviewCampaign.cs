using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Functions.Templates;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

public static class PreviewCampaign
{
    /// <param name="ContactId">The contact whose values are shown, for staff one of their own; the catalogue's examples without.</param>
    [ValidatableType]
    public sealed record Request(Guid? ContactId)
    {
        public static Request Example => new(Demo.Contact(4));
    }

    /// <param name="Id">The campaign.</param>
    /// <param name="ContactId">The contact whose values are shown; null for examples.</param>
    /// <param name="Subject">As it would be sent.</param>
    /// <param name="SubjectB">The other subject of an A/B test.</param>
    /// <param name="Content">As it would be sent; null when there is nothing yet.</param>
    /// <param name="HtmlContent">As it would be sent. Show it in a frame without rights: <c>&lt;iframe sandbox&gt;</c>.</param>
    /// <param name="Warnings">Names that are in no catalogue: they are blank here, and refused when it is sent.</param>
    public sealed record Response(
        Guid Id, Guid? ContactId, string? Subject, string? SubjectB, string? Content, string? HtmlContent, IReadOnlyList<TextPreview.Warning> Warnings);

    /// <summary>Shows a campaign as a contact would get it.</summary>
    /// <remarks>Its texts as they are now, or else its template's; links lead where they lead without being counted.</remarks>
    [Function("PreviewCampaign"), Tags("Campaigns"), Allow(Permission.ReadCampaigns)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "campaigns/{id:guid}/preview")] Request request, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        PreviewContact? contact = null;
        if (await CampaignDetail.Find(db, caller.Scope, id, ct) is not { } campaign)
            return await Access.Refusal(db, caller.Scope, Owned.Campaign, id, Errors.CampaignNotFound, ct);
        if (request.ContactId is { } contactId)
        {
            var scope = caller.ScopeOf(Permission.ReadContacts);
            (contact, var refusal) = await ContactAccess.Find(db, scope, contactId, id => PreviewContact.Find(db, scope, id, ct), ct);
            if (refusal is not null)
                return refusal;
        }

        var rendered = RenderedCampaign.Of(CampaignWords.Of(campaign), await PreviewValues.Of(caller, contact, db, ct));
        return rendered.Fault is { } fault
            ? fault
            : new Response(id, contact?.Id, rendered.Subject, rendered.SubjectB, rendered.Content, rendered.Html, rendered.Warnings);
    }
}

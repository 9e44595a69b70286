using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Templates;

public static class PreviewTemplate
{
    /// <param name="ContactId">The contact whose values are shown, for staff one of their own; the catalogue's examples without.</param>
    [ValidatableType]
    public sealed record Request(Guid? ContactId)
    {
        public static Request Example => new(Demo.Contact(4));
    }

    /// <param name="Id">The template.</param>
    /// <param name="ContactId">The contact whose values are shown; null for examples.</param>
    /// <param name="Subject">As it would be sent.</param>
    /// <param name="Content">As it would be sent.</param>
    /// <param name="HtmlContent">As it would be sent. Show it in a frame without rights: <c>&lt;iframe sandbox&gt;</c>.</param>
    /// <param name="Warnings">Names that are in no catalogue: they are blank here, and refused when it is sent.</param>
    public sealed record Response(Guid Id, Guid? ContactId, string? Subject, string Content, string? HtmlContent, IReadOnlyList<TextPreview.Warning> Warnings);

    /// <summary>Shows a template as it would be sent to a contact.</summary>
    /// <remarks>The organisation's values are the real ones, an invoice's are examples.</remarks>
    [Function("PreviewTemplate"), Tags("Templates"), Allow(Permission.ReadTemplates)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "templates/{id:guid}/preview")] Request request, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        if (await db.Find<TemplateDetail>(caller.Organization, TemplateDetail.ByIdSql, new { Id = id }, ct) is not { } template)
            return Errors.TemplateNotFound;
        PreviewContact? contact = null;
        if (request.ContactId is { } contactId)
        {
            var scope = caller.ScopeOf(Permission.ReadContacts);
            (contact, var refusal) = await ContactAccess.Find(db, scope, contactId, id => PreviewContact.Find(db, scope, id, ct), ct);
            if (refusal is not null)
                return refusal;
        }

        var values = await PreviewValues.Of(caller, contact, db, ct);
        var preview = new TextPreview();
        var subject = preview.Render("subject", template.Subject, TextKind.Line, values);
        var content = preview.Render("content", template.Content, TextKind.Plain, values);
        var html = preview.Render("htmlContent", template.HtmlContent, TextKind.Html, values);
        return preview.Fault is { } fault ? fault : new Response(id, contact?.Id, subject, content!, html, preview.Warnings);
    }
}

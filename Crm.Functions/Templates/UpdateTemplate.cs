using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class UpdateTemplate
{
    /// <summary>Any of the fields of a new template: an absent one stays as it is, null clears it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Subject = "Good to have you, {{first_name}}", Tags = new[] { "welcome" } };

        /// <summary>What it is called.</summary>
        [Needed, Text(Longest.Name)]
        public Optional<string> Name { get; init; }

        /// <summary>email, sms, invoice, proposal or contract. The type of a template that was used cannot change.</summary>
        [Needed, TemplateType]
        public Optional<string> Type { get; init; }

        /// <summary>The text. null makes it from the html, now and whenever that changes.</summary>
        [Text(Longest.Content)]
        public Optional<string?> Content { get; init; }

        /// <summary>The subject of the mail, one line.</summary>
        [Text(Longest.Subject), OneLine]
        public Optional<string?> Subject { get; init; }

        /// <summary>The html of the mail. What could run in it is taken out.</summary>
        [Text(Longest.Html)]
        public Optional<string?> HtmlContent { get; init; }

        /// <summary>Names of variables; those that the texts use are added.</summary>
        [Labels(Longest.Variables, 100)]
        public Optional<string[]?> Variables { get; init; }

        /// <summary>A group of your own naming.</summary>
        [Text(Longest.Category)]
        public Optional<string?> Category { get; init; }

        /// <summary>At most 50 labels of at most 50 characters, in place of those there are.</summary>
        [Labels(Longest.Tags, 50)]
        public Optional<string[]?> Tags { get; init; }

        /// <summary>true makes it the default of its type instead of the one that is; not for staff.</summary>
        public Optional<bool> IsDefault { get; init; }

        /// <summary>An object of your own, 16 KB at most, in place of the one there is.</summary>
        [JsonObject(Longest.Settings)]
        public Optional<JsonElement> Settings { get; init; }

        /// <summary>false takes it out of use; true puts it back, also a deleted one.</summary>
        public Optional<bool> IsActive { get; init; }
    }

    /// <summary>Changes a template.</summary>
    /// <remarks>
    /// What is being sent with it already keeps its words. One that goes out of use or changes its type is no default any more. With <c>If-Match</c>
    /// the change happens only to that version, else 409 VERSION_CONFLICT.
    /// </remarks>
    [Function("UpdateTemplate"), Tags("Templates"), Allow(Permission.EditTemplates)]
    public static async Task<Reply<TemplateDetail>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "templates/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        // It takes the longest, and needs no lock.
        var (html, markupFault) = TemplateTexts.Clean(request.HtmlContent.Value);
        return await db.Transaction<Reply<TemplateDetail>>(caller.Scope, async tx =>
        {
            if (request.IsDefault.Value)
                await DefaultTemplate.Lock(tx);
            var (before, refusal) = await TemplateRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            if (Etag.Conflict(context, before!.Version) is { } conflict)
                return conflict;
            if (markupFault is not null)
                return markupFault;

            var patched = before.Patched(request);
            if (Fault(caller, request, before, patched) is { } fault)
                return fault;
            var (after, textFault) = patched.Rewritten(request, html);
            if (textFault is not null)
                return textFault;

            var changes = Change.Between<TemplateFields>(before, after!);
            if (changes.Length == 0)
                return Versioned((await tx.Find<TemplateDetail>(TemplateDetail.ByIdSql, new { Id = id }))!);
            if (after!.IsDefault && (!before.IsDefault || after.Type != before.Type))
                await DefaultTemplate.Clear(tx, caller, after.Type, id);
            var template = await after.Save(tx);
            await tx.Audit(caller.UserId, "template.updated", "template", id, new { fields = changes.Select(change => change.Field) });
            return Versioned(template);
        }, ct);
    }

    private static Error? Fault(Caller caller, Request request, TemplateRow before, TemplateRow after)
    {
        if (after.Type != before.Type && before.Usage > 0)
            return Error.Invalid("type", "The type of a template that was used cannot change: duplicate it instead.");
        if (after.IsDefault && !after.IsActive)
            return Error.Invalid("isDefault", "Only an active template can be the default.");
        // The default of another type is another place.
        var isChosen = after.IsDefault != before.IsDefault || (after.IsDefault && after.Type != before.Type);
        return request.IsDefault.IsSet && isChosen && !DefaultTemplate.IsChosenBy(caller) ? DefaultTemplate.Refusal : null;
    }

    private static Reply<TemplateDetail> Versioned(TemplateDetail template) => Reply<TemplateDetail>.Live(template, template.Version);
}

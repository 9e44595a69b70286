using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Templates;

public static class CreateTemplate
{
    /// <param name="Name">What it is called.</param>
    /// <param name="Type">email, sms, invoice, proposal or contract.</param>
    /// <param name="Content">The text, in Liquid. Required, unless htmlContent is given: then it is made from that.</param>
    /// <param name="Subject">The subject of the mail, one line, in Liquid too.</param>
    /// <param name="HtmlContent">The html of the mail, in Liquid too. What could run in it is taken out.</param>
    /// <param name="Variables">Names of variables; those that the texts use are added.</param>
    /// <param name="Category">A group of your own naming.</param>
    /// <param name="Tags">At most 50 labels of at most 50 characters.</param>
    /// <param name="IsDefault">true makes it the default of its type instead of the one that is; not for staff.</param>
    /// <param name="Settings">An object of your own, 16 KB at most.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(Longest.Name)] string Name,
        [Needed, TemplateType] string Type,
        [Text(Longest.Content)] string? Content,
        [Text(Longest.Subject), OneLine] string? Subject,
        [Text(Longest.Html)] string? HtmlContent,
        [Labels(Longest.Variables, 100)] string[]? Variables,
        [Text(Longest.Category)] string? Category,
        [Labels(Longest.Tags, 50)] string[]? Tags,
        bool? IsDefault,
        [JsonObject(Longest.Settings)] JsonElement? Settings)
    {
        public static Request Example => new(
            "Welcome Email Template", "email", "Hello {{first_name}}, welcome to our platform!", "Welcome to {{company_name}}",
            "<p>Hello {{ first_name | default: \"there\" }}, welcome to our <b>platform</b>!</p>", ["first_name", "company_name"], "onboarding",
            ["welcome", "email"], null, null);
    }

    private const string InsertSql = $"""
        with t as (
            insert into templates (organization_id, id, name, type, subject, content, html_content, content_is_made, given_variables, variables, category,
                                   tags, settings, is_default, creator_id, created_at, updated_at)
            values (@OrganizationId, @Id, @Name, @Type, @Subject, @Content, @HtmlContent, @ContentIsMade, @GivenVariables, @Variables, @Category,
                    @Tags, @Settings::jsonb, @IsDefault, @CreatorId, @Now, @Now)
            returning *)
        select {TemplateDetail.DetailColumns}
        from t
        {Template.Joins}
        """;

    /// <summary>Creates a template.</summary>
    /// <remarks>
    /// The texts are Liquid: <c>{{first_name}}</c>, <c>{{ first_name | default: "there" }}</c>, <c>{% if company %}…{% endif %}</c>; the names are those of
    /// GET /templates/variables, in any case and style. Each text is tried with examples: one that cannot be read or sent is refused with its place.
    /// </remarks>
    [Function("CreateTemplate"), Tags("Templates"), Allow(Permission.CreateTemplates)]
    public static async Task<Created<TemplateDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "templates")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        if (request.IsDefault == true && !DefaultTemplate.IsChosenBy(caller))
            return DefaultTemplate.Refusal;
        var (html, markupFault) = TemplateTexts.Clean(request.HtmlContent);
        if (markupFault is not null)
            return markupFault;
        var subject = Fields.Text(request.Subject);
        var (texts, fault) = TemplateTexts.Read(subject, request.Content, html);
        if (fault is not null)
            return fault;

        return await db.Transaction<Created<TemplateDetail>>(caller.Organization, async tx =>
        {
            var id = Guid.CreateVersion7(tx.Now);
            var type = request.Type.ToLowerInvariant();
            if (request.IsDefault == true)
            {
                await DefaultTemplate.Lock(tx);
                await DefaultTemplate.Clear(tx, caller, type, id);
            }

            var given = Fields.Labels(request.Variables);
            var template = await tx.Find<TemplateDetail>(InsertSql, new
            {
                Id = id,
                Name = request.Name.Trim(),
                Type = type,
                Subject = subject,
                Content = texts!.ContentSource,
                HtmlContent = html,
                texts.ContentIsMade,
                GivenVariables = given,
                Variables = Fields.Labels([.. given, .. texts.Variables]),
                Category = Fields.Text(request.Category),
                Tags = Fields.Labels(request.Tags),
                Settings = Fields.Json(request.Settings).GetRawText(),
                IsDefault = request.IsDefault == true,
                CreatorId = caller.UserId,
                tx.Now,
            });
            await tx.Audit(caller.UserId, "template.created", "template", id);
            return template!;
        }, ct);
    }
}

using System.Text.Json;
using Crm.Functions.Templates;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns;

/// <summary>The texts that a campaign sends: its own, or else its template's.</summary>
/// <param name="Subject">Of a mail; of an A/B test the first one.</param>
/// <param name="SubjectB">The other one.</param>
/// <param name="Content">The text; null when there is none.</param>
/// <param name="Html">The html of a mail.</param>
internal sealed record CampaignWords(string? Subject, string? SubjectB, string? Content, string? Html)
{
    private sealed record TemplateWords(string Type, string Content, string? HtmlContent, bool IsActive);

    private const string TemplateSql = """
        select type, content, html_content, is_active
        from templates
        where organization_id = @OrganizationId
          and id = @TemplateId
        """;

    /// <summary>The campaign's texts as they are now, or why its template cannot be sent.</summary>
    public static async Task<(CampaignWords? Words, Error? Fault)> Of(DbTransaction tx, CampaignFields campaign)
    {
        var template = campaign.TemplateId is { } id ? await tx.Find<TemplateWords>(TemplateSql, new { TemplateId = id }) : null;
        if (template is not null && template.Type != campaign.Type)
            return (null, Errors.TemplateTypeMismatch);
        return (Of(campaign.Type, campaign.Subject, campaign.Content, campaign.HtmlContent, campaign.Settings, template), null);
    }

    /// <summary>The texts of a campaign that was read with its template.</summary>
    public static CampaignWords Of(CampaignDetail campaign) => Of(
        campaign.Type, campaign.Subject, campaign.Content, campaign.HtmlContent, campaign.Settings,
        campaign.Template is { } template ? new(campaign.Type, template.Content, template.HtmlContent, template.IsActive) : null);

    private static CampaignWords Of(string type, string? subject, string? content, string? html, JsonElement settings, TemplateWords? template)
    {
        var isOwn = content is not null || template is null;
        var isMail = type == "email";
        return new(
            isMail ? subject : null,
            isMail ? CampaignSettings.Saved(settings).AbTest?.SubjectB : null,
            isOwn ? content : template!.Content,
            !isMail ? null : isOwn ? html : template!.HtmlContent);
    }

    /// <summary>Why a campaign cannot have this template; null when it can.</summary>
    public static async Task<Error?> TemplateFault(DbTransaction tx, CampaignFields campaign)
    {
        if (campaign.TemplateId is not { } id)
            return null;
        return await tx.Find<TemplateWords>(TemplateSql, new { TemplateId = id }) switch
        {
            null => Errors.TemplateNotFound,
            { } template when template.Type != campaign.Type => Errors.TemplateTypeMismatch,
            { IsActive: false } => Error.Invalid("templateId", "This template is inactive: choose another one, or make it active again."),
            _ => null,
        };
    }

    /// <summary>Why the texts cannot be sent: there are none, or a name in them is in no catalogue.</summary>
    public Error? Fault()
    {
        if (Fields.Text(Content) is null)
            return Errors.NoContent;
        var unknown = All.SelectMany(text => LiquidText.Read(text.Source, text.Kind).Text?.Unknown.Select(name => Place(text.Field, name)) ?? []).ToArray();
        return unknown.Length == 0 ? null : Errors.UnknownVariables with
        {
            Message = string.Join(' ', unknown.Take(5).Select(place => place.Message)),
            Details = [.. unknown.Select(place => new FieldError(place.Field, place.Message))],
            Facts = new(StringComparer.Ordinal) { ["variables"] = unknown },
        };
    }

    /// <summary>The texts there are, by the fields they come from.</summary>
    public IEnumerable<(string Field, string Source, TextKind Kind)> All =>
        from text in new[]
        {
            ("subject", Subject, TextKind.Line), ("settings.abTest.subjectB", SubjectB, TextKind.Line), ("content", Content, TextKind.Plain),
            ("htmlContent", Html, TextKind.Html),
        }
        where text.Item2 is not null
        select (text.Item1, text.Item2!, text.Item3);

    private static TextPreview.Warning Place(string field, UnknownName name) =>
        new(field, name.Name, name.Line, name.Column, $"{field}: there is no variable '{name.Name}' (line {name.Line}, column {name.Column}).");
}

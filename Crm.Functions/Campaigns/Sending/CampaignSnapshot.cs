using System.Text.Json;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>Freezes a campaign's texts when it is first sent: its template may change, what its recipients get does not.</summary>
public static class CampaignSnapshot
{
    private const string UnsubscribeUrl = "unsubscribe_url";
    private const string TextFooter = $"\n\n--\nUnsubscribe: {{{{ {UnsubscribeUrl} }}}}\n";
    private const string HtmlFooter = $"""
        <p style="margin: 24px 0 0; font-size: 12px; text-align: center"><a href="{"{{"} {UnsubscribeUrl} {"}}"}" style="color: #667788">Unsubscribe</a></p>
        """;

    private sealed record Row(
        string Type, JsonElement Settings, string? Subject, string? Content, string? Html,
        string? TemplateSubject, string? TemplateContent, string? TemplateHtml);

    private const string Sql = """
        select p.type, p.settings, p.subject, p.content, p.html_content as html,
               t.subject as template_subject, t.content as template_content, t.html_content as template_html
        from campaigns p
        left join templates t on t.organization_id = p.organization_id and t.id = p.template_id
        where p.organization_id = @OrganizationId
          and p.id = @CampaignId
        """;

    private const string SaveSql = """
        with links as (
            insert into campaign_links (organization_id, campaign_id, number, url)
            select @OrganizationId, @CampaignId, number, url
            from unnest(@Urls) with ordinality as u (url, number))
        update campaigns
        set snapshot = @Snapshot::jsonb
        where organization_id = @OrganizationId
          and id = @CampaignId
        """;

    /// <summary>
    /// Writes the texts of the campaign, or where it has none those of its template, into its snapshot, and its links beside it. The campaign is locked, its
    /// texts can be read, and it has no snapshot yet.
    /// </summary>
    public static async Task Freeze(DbTransaction tx, Guid campaignId, Links links)
    {
        var row = (await tx.Find<Row>(Sql, new { CampaignId = campaignId }))!;
        var (texts, urls) = Made(row, links.PublicBaseUrl);
        await tx.Execute(
            SaveSql,
            new { CampaignId = campaignId, Urls = urls.ToArray(), Snapshot = JsonSerializer.Serialize(texts, JsonSerializerOptions.Web) });
    }

    private static (CampaignTexts Texts, IReadOnlyList<string> Urls) Made(Row row, string publicBaseUrl)
    {
        var isOwn = row.Content is not null || row.Html is not null;
        var (content, html) = isOwn ? (row.Content, row.Html) : (row.TemplateContent, row.TemplateHtml);
        if (row.Type == "sms")
            return (new(null, null, content ?? "", null), []);

        var settings = new SendSettings(row.Settings);
        if (string.IsNullOrWhiteSpace(content) && html is not null)
            content = MailText.Of(html);
        content ??= "";
        if (!Names(content, TextKind.Plain))
            content = content.TrimEnd() + TextFooter;
        IReadOnlyList<string> urls = [];
        if (html is not null)
        {
            if (!Names(html, TextKind.Html))
                html = TrackedHtml.AtEnd(html, HtmlFooter);
            (html, urls) = TrackedHtml.Of(html, publicBaseUrl, settings.TrackClicks, settings.TrackOpens);
        }

        return (new(row.Subject ?? row.TemplateSubject ?? "", settings.SubjectB, content, html), urls);
    }

    private static bool Names(string text, TextKind kind) =>
        CampaignTexts.Read(text, kind)!.Variables.Any(name => MergeFields.Find(name) == UnsubscribeUrl);
}

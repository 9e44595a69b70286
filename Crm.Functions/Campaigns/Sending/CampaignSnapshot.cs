using System.Text.Json;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Liquid;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>Freezes a campaign's texts when it is first sent: its template may change, what its recipients get does not.</summary>
internal static class CampaignSnapshot
{
    private const string UnsubscribeUrl = "unsubscribe_url";
    private const string TextFooter = $"\n\n--\nUnsubscribe: {{{{ {UnsubscribeUrl} }}}}\n";
    private const string HtmlFooter = $"""
        <p style="margin: 24px 0 0; font-size: 12px; text-align: center"><a href="{"{{"} {UnsubscribeUrl} {"}}"}" style="color: #667788">Unsubscribe</a></p>
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

    /// <summary>Writes the campaign's texts into its snapshot, and its links beside it. The campaign is locked, and has no snapshot yet.</summary>
    public static async Task Freeze(DbTransaction tx, CampaignRow campaign, CampaignWords words, Links links)
    {
        var (texts, urls) = Made(campaign, words, links.PublicBaseUrl);
        await tx.Execute(
            SaveSql,
            new { CampaignId = campaign.Id, Urls = urls.ToArray(), Snapshot = JsonSerializer.Serialize(texts, JsonSerializerOptions.Web) });
    }

    private static (CampaignTexts Texts, IReadOnlyList<string> Urls) Made(CampaignRow campaign, CampaignWords words, string publicBaseUrl)
    {
        var (content, html) = (words.Content ?? "", words.Html);
        if (campaign.Type == "sms")
            return (new(null, null, content, null), []);

        var settings = CampaignSettings.Saved(campaign.Settings);
        if (!Names(content, TextKind.Plain))
            content = content.TrimEnd() + TextFooter;
        IReadOnlyList<string> urls = [];
        if (html is not null)
        {
            if (!Names(html, TextKind.Html))
                html = TrackedHtml.AtEnd(html, HtmlFooter);
            (html, urls) = TrackedHtml.Of(html, publicBaseUrl, settings.TrackClicks ?? true, settings.TrackOpens ?? true);
        }

        return (new(words.Subject, words.SubjectB, content, html), urls);
    }

    private static bool Names(string text, TextKind kind) =>
        CampaignTexts.Read(text, kind)!.Variables.Any(name => MergeFields.Find(name) == UnsubscribeUrl);
}

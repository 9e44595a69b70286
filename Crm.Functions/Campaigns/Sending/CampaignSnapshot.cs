using Crm.Shared.Database;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>The texts of a campaign as its first send freezes them.</summary>
internal static class CampaignSnapshot
{
    private const string FreezeSql = """
        update campaigns
        set snapshot = jsonb_build_object('subject', @Subject::text, 'subjectB', @SubjectB::text, 'content', @Content::text, 'html', @Html::text)
        where organization_id = @OrganizationId
          and id = @Id
        """;

    public static Task Freeze(DbTransaction tx, CampaignRow campaign, CampaignWords words) =>
        tx.Execute(FreezeSql, new { campaign.Id, words.Subject, words.SubjectB, words.Content, words.Html });
}

using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>Adds up the differences in the counts of campaigns, and of their links, that have many.</summary>
public static class FoldCampaignTotals
{
    /// <summary>Rows of a campaign that are summed up with every list without anybody noticing.</summary>
    private const int Few = 100;
    private const int MostCampaigns = 1000;

    private sealed record Many(Guid OrganizationId, Guid CampaignId);

    private const string ManySql = """
        select organization_id, campaign_id
        from campaign_totals
        where not is_folded
        group by organization_id, campaign_id
        having count(*) > @Few
        order by count(*) desc, organization_id, campaign_id
        limit @MostCampaigns
        """;

    private const string ManyLinksSql = """
        select organization_id, campaign_id
        from campaign_link_totals
        where not is_folded
        group by organization_id, campaign_id
        having count(*) > @Few
        order by count(*) desc, organization_id, campaign_id
        limit @MostCampaigns
        """;

    // Each row is taken once, even by two at the same moment: the second finds it gone, and adds up the others.
    private const string FoldSql = """
        with taken as (
            delete from campaign_totals
            where organization_id = @OrganizationId
              and campaign_id = @CampaignId
            returning *)
        insert into campaign_totals (organization_id, campaign_id, recipients, pending, sent, delivered, opened, clicked, human_opened, human_clicked,
                                     bounced, failed, suppressed, unsubscribed, complained, is_folded)
        select @OrganizationId, @CampaignId, sum(recipients), sum(pending), sum(sent), sum(delivered), sum(opened), sum(clicked), sum(human_opened),
               sum(human_clicked), sum(bounced), sum(failed), sum(suppressed), sum(unsubscribed), sum(complained),
               true
        from taken
        having count(*) > 0
        """;

    private const string FoldLinksSql = """
        with taken as (
            delete from campaign_link_totals
            where organization_id = @OrganizationId
              and campaign_id = @CampaignId
            returning *)
        insert into campaign_link_totals (organization_id, campaign_id, number, clicks, recipients, humans, is_folded)
        select @OrganizationId, @CampaignId, number, sum(clicks), sum(recipients), sum(humans), true
        from taken
        group by number
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        await OneByOne.Do([(ManySql, FoldSql), (ManyLinksSql, FoldLinksSql)], sql => Fold(sql.Item1, sql.Item2), ct);

        async Task Fold(string manySql, string foldSql)
        {
            var campaigns = await db.List<Many>(Scope.Global, manySql, new { Few, MostCampaigns }, ct);
            await OneByOne.Do(campaigns, many => db.Execute(new Scope(many.OrganizationId), foldSql, new { many.CampaignId }, ct), ct);
        }
    }
}

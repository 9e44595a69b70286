using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

public sealed class CampaignStatsTests(TestServices services)
{
    private const string TotalsSql = """
        insert into campaign_totals (organization_id, campaign_id, recipients, pending, sent, delivered, opened, clicked, human_opened, human_clicked, bounced,
                                     failed, suppressed, unsubscribed, complained)
        select $1, $2, 10, 0, 10, 9 + n % 2, 3, 1, 2, 0, n % 2, 0, 0, 0, 0
        from generate_series(1, 100) n
        """;

    [Fact]
    public async Task The_guides_figures_come_out_and_stay_when_they_are_added_up()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var id = await org.Owner.AddCampaign();
        // As the guide has it: 1000 recipients, 950 delivered, 380 opened, 95 clicked, 50 bounced.
        await app.Sql(TotalsSql, org.Id, id);
        await app.Sql(
            """
            insert into campaign_totals (organization_id, campaign_id, recipients, pending, sent, delivered, opened, clicked, human_opened, human_clicked,
                                         bounced, failed, suppressed, unsubscribed, complained)
            values ($1, $2, 0, 0, 0, 0, 80, -5, 0, 0, 0, 0, 0, 3, 1)
            """, org.Id, id);
        await app.Sql(
            "insert into campaign_links (organization_id, campaign_id, number, url) values ($1, $2, 2, 'https://b.test'), ($1, $2, 1, 'https://a.test')",
            org.Id, id);
        await app.Sql(
            """
            insert into campaign_link_totals (organization_id, campaign_id, number, clicks, recipients, humans)
            select $1, $2, 2, 2, 1, n % 2 from generate_series(1, 101) n
            """, org.Id, id);

        for (var round = 0; round < 2; round++)
        {
            var stats = (await org.Owner.Get($"/campaigns/{id}/stats")).Expect(200).Data;
            Assert.Equal("""[1000,1000,950,380,95,50,"40.00","10.00","95.00"]""", stats.Values(
                "totalRecipients", "sent", "delivered", "opened", "clicked", "bounced", "openRate", "clickRate", "deliveryRate"));
            Assert.Equal("""["5.00",0,0,3,1,200,0]""",
                stats.Values("bounceRate", "failed", "pending", "unsubscribed", "complained", "humanOpened", "humanClicked"));
            Assert.Equal(
                """["https://a.test",0,0,0] ["https://b.test",202,101,51]""",
                string.Join(' ', stats.GetProperty("links").EnumerateArray().Select(link => link.Values("url", "clicks", "recipients", "humans"))));
            var listed = (await org.Owner.Get("/campaigns")).Expect(200).Data.GetProperty("campaigns")[0];
            Assert.Equal("""["40.00"]""", listed.GetProperty("stats").Values("openRate"));
            await Task.WhenAll(app.RunTimer("FoldCampaignTotals"), app.RunTimer("FoldCampaignTotals"));
        }

        Assert.Equal(1, await org.Count("select count(*) from campaign_totals where organization_id = $1"));
        Assert.Equal(1, await org.Count("select count(*) from campaign_link_totals where organization_id = $1"));
    }

    [Fact]
    public async Task Rates_round_half_away_from_zero_and_nothing_is_nought()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(8);
        var id = await org.Owner.AddCampaign(contacts);
        Assert.Equal("""["0.00","0.00","0.00","0.00"]""", (await org.Owner.Get($"/campaigns/{id}/stats")).Expect(200).Data
            .Values("openRate", "clickRate", "deliveryRate", "bounceRate"));
        await org.Change(id, 1, "state = 'sent', sent_at = now(), delivered_at = now(), opened_at = now()");
        await org.Change(id, 6, "state = 'sent', sent_at = now(), delivered_at = now()");
        await org.Change(id, 1, "state = 'sent', sent_at = now(), bounced_at = now()");
        Assert.Equal("""["14.29","0.00","87.50","12.50"]""", (await org.Owner.Get($"/campaigns/{id}/stats")).Expect(200).Data
            .Values("openRate", "clickRate", "deliveryRate", "bounceRate"));
    }
}

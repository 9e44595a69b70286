using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>A campaign keeps its rate, and all of an organisation's keep the organisation's, whoever claims when.</summary>
public sealed class SendRateTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task At_a_rate_a_sixth_of_a_minutes_goes_out_every_ten_seconds()
    {
        var scene = await CampaignScene.Make(_app, 35, settings: new { ratePerMinute = 60 });
        await UntilSent(scene);
        scene.EverybodyGotOne(35);
        Assert.Equal("10 10 10 5", await _app.Scalar<string>(
            "select string_agg(recipients::text, ' ' order by claimed_at) from provider_calls where campaign_id = $1", scene.Id));
        Assert.True(await _app.Scalar<bool>("""
            select min(gap) >= interval '10 seconds'
            from (select claimed_at - lag(claimed_at) over (order by claimed_at) as gap from provider_calls where campaign_id = $1) g
            """, scene.Id));
        Assert.Equal("sent: 35 sent", await scene.State());
    }

    [Fact]
    public async Task All_campaigns_of_an_organisation_share_its_rate()
    {
        var org = await _app.NewOrganization();
        await _app.Sql("update organizations set send_rate_per_minute = 12 where id = $1", org.Id);
        var one = await CampaignScene.Make(_app, 15, org: org);
        var other = await CampaignScene.Make(_app, 0, org: org, settings: new { ratePerMinute = 600 });
        await UntilSent(one, other);
        Assert.Equal(12, await _app.Scalar<long>("""
            select max((select sum(recipients) from provider_calls b
                        where b.organization_id = a.organization_id
                          and b.claimed_at <= a.claimed_at and b.claimed_at > a.claimed_at - interval '1 minute'))::bigint
            from provider_calls a
            where organization_id = $1
            """, org.Id));
    }

    private async Task UntilSent(params CampaignScene[] scenes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var scene in scenes)
        {
            while (!(await scene.State()).StartsWith("sent", StringComparison.Ordinal))
            {
                _app.Clock.Advance(TimeSpan.FromSeconds(2));
                await _app.RunTimer("SweepCampaigns");
                await Task.Delay(20, patience.Token);
            }
        }
    }
}

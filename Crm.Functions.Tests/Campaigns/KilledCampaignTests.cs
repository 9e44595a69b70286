using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>The real executable, killed again and again while it sends a campaign.</summary>
public sealed class KilledCampaignTests(TestServices services)
{
    private const int Kills = 8;
    private const int Recipients = 400;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_is_missed_and_nobody_gets_two_however_often_the_process_is_killed(bool batches)
    {
        var connection = "";
        await using var app = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        // A part at a time, so that there is always one to be killed.
        var scene = await CampaignScene.Make(app, Recipients, settings: new { ratePerMinute = Recipients / 2 });
        app.Providers.App.ConfirmsDeliveries = true;
        app.Providers.Faults.Set(new Fault { Provider = "sendgrid", LatencyMs = batches ? 150 : 15 });
        await using var handler = new KillableHandler(connection, services.NewQueues(), app.Providers, batches);
        using var stop = new CancellationTokenSource();
        var sweeping = Task.CompletedTask;
        for (var round = 0; round < Kills; round++)
        {
            await handler.Start();
            if (round == 0)
                sweeping = handler.KeepFiring("SweepCampaigns", TimeSpan.FromMilliseconds(100), stop.Token);
            await app.Sql("update campaigns set next_claim_at = null where id = $1", scene.Id);
            await Claimed(app, scene, round + 1);
            // From the claim over the call to what follows it.
            await Task.Delay(round * 25, TestContext.Current.CancellationToken);
            await handler.Kill();
        }

        await stop.CancelAsync();
        await sweeping;
        var left = await scene.State();
        await handler.Start();
        await handler.SweepUntil(async () => (await scene.State()).StartsWith("sent", StringComparison.Ordinal));

        Assert.Equal(Recipients, await app.Scalar<long>("select count(*) from deliveries where campaign_id = $1 and state = 'sent'", scene.Id));
        scene.EverybodyGotOne(Recipients);
        // One for each, whether we were told by the answer or by an event.
        Assert.Equal(Recipients, await app.Scalar<long>("select count(*) from timeline_entries where organization_id = $1", scene.Org.Id));
        Assert.True(await app.Scalar<long>("select count(*) from provider_calls where state = 'released'") > 0, $"No kill met a claim: {left}.");
    }

    private static async Task Claimed(TestApp app, CampaignScene scene, int times)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await app.Scalar<long>("select count(distinct claimed_at) from provider_calls where campaign_id = $1", scene.Id) < times)
            await Task.Delay(5, patience.Token);
    }
}

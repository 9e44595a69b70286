using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>Calls of which nobody knows whether the vendor took them: a process died, or no answer came.</summary>
public sealed class LostCallTests(TestServices services) : IAsyncLifetime
{
    private VendorStandIn _vendor = null!;
    private TestApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await VendorStandIn.Start();
        _app = await services.StartApp(settings => settings["SendGrid:BaseUrl"] = _vendor.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task A_claim_whose_process_died_waits_and_is_released_by_silence_while_the_vendor_is_heard()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await DieAfterTheClaim(scene);
        await scene.Sweep();
        Assert.Equal("1 claimed", await scene.Calls());

        // Its lease ran out.
        _app.Clock.Advance(TimeSpan.FromMinutes(3));
        await scene.Sweep();
        Assert.Equal("1 uncertain", await scene.Calls());

        // Silence, but of everybody.
        await Hear(-15);
        _app.Clock.Advance(TimeSpan.FromMinutes(8));
        await scene.Sweep();
        Assert.Equal("1 uncertain", await scene.Calls());

        // The vendor is heard, and says nothing of it: for as long again as nothing was heard of it. What it says waits to be read.
        await Hear(-1);
        await scene.Sweep();
        _app.Clock.Advance(TimeSpan.FromMinutes(8));
        await scene.Sweep();
        Assert.Equal("1 uncertain", await scene.Calls());
        await _app.Sql(
            "insert into provider_events (id, provider, event_id, body, received_at) values (uuidv7(), 'sendgrid', 'late', '{}', $1)",
            _app.Clock.GetUtcNow().AddMinutes(-2));
        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        await scene.Sweep();
        Assert.Equal("1 uncertain", await scene.Calls());
        await _app.Sql("update provider_events set status = 'processed'");
        await scene.Sweep();

        Assert.Equal("1 accepted, 1 released", await scene.Calls());
        Assert.Equal("sent: 3 sent", await scene.State());
        Assert.Equal(1, await _app.Scalar<int>("select max(attempts) from deliveries where campaign_id = $1", scene.Id));
        Assert.Single(ToContacts(scene));
    }

    [Fact]
    public async Task Where_nothing_else_is_sent_a_letter_to_the_author_shows_that_the_line_is_up()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await DieAfterTheClaim(scene);
        _app.Clock.Advance(TimeSpan.FromMinutes(9));
        await scene.Sweep();
        Assert.Equal(0, await Letters(scene));
        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        await scene.Sweep();
        await scene.Sweep();
        Assert.Equal(1, await Letters(scene));
        Assert.Equal(
            scene.Org.Owner.Email, await _app.Scalar<string>("select recipient from emails where organization_id = $1 and kind = 'Doubt'", scene.Org.Id));

        // The vendor tells what became of it.
        await Hear(0);
        await scene.Sweep();
        _app.Clock.Advance(TimeSpan.FromMinutes(12));
        await scene.Sweep();
        Assert.Equal("sent: 3 sent", await scene.State());
        Assert.Equal(1, await Letters(scene));
    }

    [Fact]
    public async Task Calls_that_were_never_begun_are_made_as_soon_as_the_claim_has_run_out()
    {
        await using var alone = await services.StartApp(settings =>
        {
            settings["SendGrid:BaseUrl"] = _vendor.Address;
            settings["SendGrid:Batches"] = "false";
        });
        var scene = await CampaignScene.Make(alone, 3);
        var (begun, silent) = (new TaskCompletionSource(), new TaskCompletionSource());
        _vendor.Answer = async (context, _) =>
        {
            begun.TrySetResult();
            await silent.Task;
            context.Abort();
        };
        await alone.Queues.Send(
            "campaign-batches", JsonSerializer.Serialize(new { organizationId = scene.Org.Id, campaignId = scene.Id, run = 1 }),
            TestContext.Current.CancellationToken);
        await begun.Task;
        Assert.Equal(1, await alone.Scalar<long>("select count(*) from provider_calls where campaign_id = $1 and called_at is not null", scene.Id));

        // As if the process had died: the one call that was begun stays in doubt, the others are released.
        alone.Clock.Advance(TimeSpan.FromMinutes(3));
        await alone.RunTimer("SettleCalls");
        Assert.Equal("2 released, 1 uncertain", await scene.Calls());

        // It lives after all: what was released is not its to make any more.
        silent.SetResult();
        await scene.Idle();
        Assert.Equal("2 released, 1 uncertain", await scene.Calls());
        Assert.Single(ToContacts(scene));
    }

    [Fact]
    public async Task A_call_that_got_no_answer_is_not_made_again_before_it_is_proven_lost()
    {
        var scene = await CampaignScene.Make(_app, 3);
        _vendor.Answer = static (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await scene.Run();
        Assert.Equal("1 uncertain", await scene.Calls());
        _vendor.Answer = static (context, _) =>
        {
            context.Response.StatusCode = 202;
            return Task.CompletedTask;
        };
        await Hear(1);
        _app.Clock.Advance(TimeSpan.FromMinutes(9));
        await scene.Run();
        await scene.Sweep();
        Assert.Equal("sending: 3 pending", await scene.State());
        Assert.Single(ToContacts(scene));

        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        await scene.Sweep();
        Assert.Equal("sent: 3 sent", await scene.State());
        Assert.Equal(2, ToContacts(scene).Count());
    }

    [Fact]
    public async Task What_is_neither_proven_nor_disproven_in_three_days_has_failed()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await DieAfterTheClaim(scene);
        _app.Clock.Advance(TimeSpan.FromHours(71));
        await scene.Sweep();
        await scene.Sweep();
        Assert.Equal("sending: 3 pending", await scene.State());
        _app.Clock.Advance(TimeSpan.FromHours(2));
        await scene.Sweep();
        Assert.Equal("sent: 3 failed", await scene.State());
        Assert.Equal("1 unconfirmed", await scene.Calls());
        Assert.Equal("unconfirmed", await _app.Scalar<string>("select min(error) from deliveries where campaign_id = $1", scene.Id));
        Assert.Empty(ToContacts(scene));
    }

    [Fact]
    public async Task An_answer_that_comes_after_the_release_is_believed_for_those_who_were_not_claimed_again()
    {
        var scene = await CampaignScene.Make(_app, 3);
        var answer = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        _vendor.Answer = async (context, _) =>
        {
            asked.SetResult();
            await answer.Task;
            context.Response.StatusCode = 202;
        };
        var handled = scene.Run();
        await asked.Task;
        await _app.Sql("update campaigns set status = 'paused' where id = $1", scene.Id);
        // As SettleCalls does, while the call is still on its way.
        await _app.Sql("update provider_calls set state = 'released' where campaign_id = $1", scene.Id);
        await _app.Sql("update deliveries set call_id = null where campaign_id = $1", scene.Id);
        answer.SetResult();
        await handled;
        Assert.Equal("paused: 3 sent", await scene.State());
    }

    [Fact]
    public async Task A_campaign_whose_last_recipients_were_proven_by_events_ends_at_the_next_sweep()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await DieAfterTheClaim(scene);
        await _app.Sql("update provider_calls set state = 'accepted' where campaign_id = $1", scene.Id);
        await _app.Sql("update deliveries set state = 'sent', sent_at = created_at where campaign_id = $1", scene.Id);
        await scene.Sweep();
        Assert.Equal("sent: 3 sent", await scene.State());
    }

    private IEnumerable<VendorStandIn.Request> ToContacts(CampaignScene scene) =>
        _vendor.Requests.Where(request => request.Body.Contains(scene.Domain, StringComparison.Ordinal));

    private Task<long> Letters(CampaignScene scene) =>
        _app.Scalar<long>("select count(*) from emails where organization_id = $1 and kind = 'Doubt'", scene.Org.Id);

    private async Task DieAfterTheClaim(CampaignScene scene)
    {
        var call = Guid.CreateVersion7();
        await _app.Sql(
            """
            insert into provider_calls (organization_id, id, campaign_id, run, channel, recipients, claimed_at, called_at)
            values ($1, $2, $3, 1, 'email', 3, $4, $4)
            """,
            scene.Org.Id, call, scene.Id, _app.Clock.GetUtcNow());
        await _app.Sql("update deliveries set call_id = $2, address = 'x' where campaign_id = $1", scene.Id, call);
    }

    private Task Hear(int minutes) => _app.Sql(
        "insert into provider_pulses (provider, heard_at) values ('sendgrid', $1) on conflict (provider) do update set heard_at = excluded.heard_at",
        _app.Clock.GetUtcNow().AddMinutes(minutes));
}

using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>What happens to a campaign when its vendor is down, busy, or refuses.</summary>
public sealed class CampaignTroubleTests(TestServices services) : IAsyncLifetime
{
    private VendorStandIn _vendor = null!;
    private TestApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await VendorStandIn.Start();
        _app = await services.StartApp();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    public async Task Who_did_not_get_it_because_the_vendor_takes_nothing_gets_it_later(int status)
    {
        var scene = await CampaignScene.Make(_app, 5);
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = status, Count = 2 });
        await scene.Run();
        Assert.Equal("sending: 5 pending", await scene.State());
        Assert.Equal("1 released", await scene.Calls());

        // Not before its time, whoever asks.
        await scene.Run(messages: 2);
        await scene.Sweep();
        Assert.Equal("1 released", await scene.Calls());

        _app.Clock.Advance(TimeSpan.FromSeconds(60));
        await scene.Sweep();
        Assert.Equal("2 released", await scene.Calls());
        Assert.Equal("2 true", await _app.Scalar<string>(
            "select max(attempts) || ' ' || bool_and(error is null and call_id is null) from deliveries where campaign_id = $1", scene.Id));

        _app.Clock.Advance(TimeSpan.FromSeconds(60));
        await scene.Sweep();
        Assert.Equal("sent: 5 sent", await scene.State());
        scene.EverybodyGotOne(5);
    }

    [Fact]
    public async Task What_a_vendor_held_up_goes_on_as_fast_as_before_once_the_vendor_takes_it_again()
    {
        // More than a sweep has messages for.
        var scene = await CampaignScene.Make(_app, 20_900);
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 429, Count = 1 });
        await scene.Run(goesOn: true);
        Assert.Equal("sending: 20900 pending", await scene.State());

        _app.Clock.Advance(TimeSpan.FromSeconds(40));
        await scene.Sweep();
        Assert.Equal("sent: 20900 sent", await scene.State());
    }

    [Fact]
    public async Task What_goes_on_already_is_not_set_going_once_more_by_each_sweep()
    {
        var scene = await CampaignScene.Make(_app, 20_900);
        await _app.Sql(
            """
            insert into provider_calls (organization_id, id, campaign_id, run, channel, recipients, claimed_at, called_at)
            values ($1, uuidv7(), $2, 1, 'email', 1, $3, $3)
            """,
            scene.Org.Id, scene.Id, _app.Clock.GetUtcNow().AddSeconds(-30));
        await scene.Sweep();
        Assert.Equal("sending: 900 pending, 20000 sent", await scene.State());
    }

    [Fact]
    public async Task What_was_tried_too_often_has_failed()
    {
        var scene = await CampaignScene.Make(_app, 5);
        await _app.Sql("update deliveries set attempts = 23 where id in (select id from deliveries where campaign_id = $1 order by id limit 2)", scene.Id);
        _app.Providers.Faults.Set(new Fault { Provider = "sendgrid", Status = 503, Count = 1 });
        await scene.Run();
        Assert.Equal("sending: 2 failed, 3 pending", await scene.State());
        Assert.StartsWith("503: ", await _app.Scalar<string>("select min(error) from deliveries where campaign_id = $1", scene.Id), StringComparison.Ordinal);
        _app.Clock.Advance(TimeSpan.FromHours(1));
        await scene.Sweep();
        Assert.Equal("sent: 2 failed, 3 sent", await scene.State());
    }

    [Fact]
    public async Task Whom_the_vendor_names_fails_and_the_others_go_out_at_once()
    {
        var scene = await CampaignScene.Make(_app, 20);
        await _app.Sql(
            "update contacts set email = 'no address ' || first_name where organization_id = $1 and first_name in ('Ann 3', 'Ann 20')", scene.Org.Id);
        await scene.Run();
        Assert.Equal("sent: 2 failed, 18 sent", await scene.State());
        Assert.Equal("1 accepted, 2 refused", await scene.Calls());
        scene.EverybodyGotOne(18);
        Assert.Equal("no address Ann 20,no address Ann 3", await _app.Scalar<string>(
            "select string_agg(address, ',' order by address) from deliveries where campaign_id = $1 and error like '400: %'", scene.Id));
    }

    [Fact]
    public async Task Whom_it_does_not_name_is_found_by_halves()
    {
        await using var app = await services.StartApp(settings => settings["SendGrid:BaseUrl"] = _vendor.Address);
        var scene = await CampaignScene.Make(app, 64);
        _vendor.Answer = (context, request) =>
        {
            context.Response.StatusCode = request.Body.Contains($"c13@{scene.Domain}", StringComparison.Ordinal) ? 400 : 202;
            return context.Response.WriteAsync("""{"errors":[{"message":"Bad Request","field":null}]}""");
        };
        await scene.Run();
        Assert.Equal("sent: 1 failed, 63 sent", await scene.State());
        Assert.Equal("6 accepted, 7 refused", await scene.Calls());
        Assert.Equal($"c13@{scene.Domain}", await app.Scalar<string>("select address from deliveries where campaign_id = $1 and state = 'failed'", scene.Id));
        Assert.Equal(64, await app.Scalar<long>("select count(distinct address) from deliveries where campaign_id = $1", scene.Id));
    }

    [Fact]
    public async Task A_campaign_that_is_refused_whole_is_paused_and_says_why()
    {
        await using var app = await services.StartApp(settings => settings["SendGrid:BaseUrl"] = _vendor.Address);
        _vendor.Answer = static (context, _) =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteAsync("""{"errors":[{"message":"The from address is not verified","field":"from"}]}""");
        };
        var scene = await CampaignScene.Make(app, 64);
        await scene.Run();

        Assert.Equal("paused: 3 failed, 61 pending", await scene.State());
        Assert.Equal(
            0, await app.Scalar<long>("select count(*) from deliveries where campaign_id = $1 and state = 'pending' and call_id is not null", scene.Id));
        Assert.Contains("not verified", await scene.Of("pause_reason"), StringComparison.Ordinal);
        Assert.Equal(1, await app.Scalar<long>(
            "select count(*) from notifications where user_id = $1 and type = 'campaign.paused' and body like '%not verified%'", scene.Org.Owner.Id));
    }

    [Fact]
    public async Task A_campaign_of_which_more_than_a_tenth_fails_is_paused_and_begins_anew_when_it_is_sent_again()
    {
        var scene = await CampaignScene.Make(_app, 1200);
        await _app.Sql("""
            update contacts set email = 'no address ' || first_name
            where organization_id = $1 and id in (select id from contacts where organization_id = $1 order by id limit 101)
            """, scene.Org.Id);
        await scene.Run();
        Assert.Equal("paused: 101 failed, 200 pending, 899 sent", await scene.State());
        Assert.StartsWith("101 of 1000 recipients failed", await scene.Of("pause_reason"), StringComparison.Ordinal);

        await _app.Sql("update campaigns set status = 'sending', run = run + 1 where id = $1", scene.Id);
        await _app.Sql("update contacts set email = 'no address' where organization_id = $1 and first_name = 'Ann 1200'", scene.Org.Id);
        await scene.Sweep();
        Assert.Equal("sent: 102 failed, 1098 sent", await scene.State());
    }

    [Fact]
    public async Task Where_batches_are_off_each_goes_in_a_call_of_its_own()
    {
        await using var app = await services.StartApp(settings => settings["SendGrid:Batches"] = "false");
        var scene = await CampaignScene.Make(app, 70);
        await scene.Run();
        Assert.Equal("sending: 20 pending, 50 sent", await scene.State());
        await scene.Sweep();
        Assert.Equal("70 accepted", await scene.Calls());
        scene.EverybodyGotOne(70);
    }
}

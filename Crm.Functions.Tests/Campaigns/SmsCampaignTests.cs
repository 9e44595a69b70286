using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>A campaign by SMS: a call for each.</summary>
public sealed class SmsCampaignTests(TestServices services) : IAsyncLifetime
{
    private VendorStandIn _vendor = null!;
    private TestApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        _vendor = await VendorStandIn.Start();
        _app = await services.StartApp(settings =>
        {
            settings["Twilio:AccountSid"] = "AC0123456789abcdef0123456789abcdef";
            settings["Twilio:AuthToken"] = "secret";
            settings["Twilio:From"] = "+14155550100";
            settings["Twilio:BaseUrl"] = _vendor.Address;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task Each_gets_their_own_from_the_organisations_number()
    {
        Answer(_ => (201, """{"sid":"SM0123456789abcdef0123456789abcdef"}"""));
        var scene = await CampaignScene.Make(_app, 70, "sms", texts: new { content = "Hello {{ first_name }} & co" });
        await _app.Sql("update organizations set sms_number = '+49301234567' where id = $1", scene.Org.Id);
        await scene.Run(messages: 2);

        Assert.Equal("sent: 70 sent", await scene.State());
        Assert.Equal("70 accepted", await scene.Calls());
        Assert.Equal(70, _vendor.Requests.Select(request => request.Form["To"]).Distinct().Count());
        var seventh = Assert.Single(_vendor.Requests, request => request.Form["Body"] == "Hello Ann 7 & co");
        Assert.Equal("+49301234567", seventh.Form["From"]);
        var delivery = await _app.Scalar<Guid>("select id from deliveries where campaign_id = $1 and address = $2", scene.Id, seventh.Form["To"]!);
        Assert.Equal(
            $"http://crm.test/webhooks/twilio/status?organizationId={scene.Org.Id}&deliveryId={delivery}", seventh.Form["StatusCallback"]);
    }

    [Fact]
    public async Task Who_wrote_stop_is_suppressed_and_a_number_that_is_none_fails()
    {
        const string Content = "{{ first_name }}{% if first_name == 'Ann 6' %}{{ custom.long }}{% endif %}";
        var scene = await CampaignScene.Make(_app, 6, "sms", texts: new { content = Content });
        await _app.Sql("update contacts set unsubscribed_sms = true where organization_id = $1 and first_name = 'Ann 5'", scene.Org.Id);
        await _app.Sql(
            "update contacts set custom_fields = jsonb_build_object('long', repeat('ж', 700)) where organization_id = $1 and first_name = 'Ann 6'",
            scene.Org.Id);
        Answer(request => request.Form["Body"] switch
        {
            "Ann 2" => (400, """{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"""),
            "Ann 3" => (400, """{"code":21211,"message":"Invalid 'To' Phone Number","status":400}"""),
            _ => (201, """{"sid":"SM0123456789abcdef0123456789abcdef"}"""),
        });
        await scene.Run();

        Assert.Equal("sent: 2 failed, 2 sent, 2 suppressed", await scene.State());
        Assert.Equal(
            "Ann 2 stopped, Ann 3 400: 21211 Invalid 'To' Phone Number, Ann 5 unsubscribed, Ann 6 The text is longer than 10 segments.",
            await _app.Scalar<string>(
                """
                select string_agg(c.first_name || ' ' || coalesce(d.skip_reason, d.error), ', ' order by c.first_name)
                from deliveries d join contacts c on c.id = d.contact_id
                where d.campaign_id = $1 and d.state <> 'sent'
                """,
                scene.Id));
        Assert.Equal("Ann 2 stopped t", await _app.Scalar<string>(
            """
            select string_agg(concat_ws(' ', c.first_name, s.reason, c.unsubscribed_sms), ', ')
            from suppressions s join contacts c on c.organization_id = s.organization_id and c.phone = s.address
            where s.organization_id = $1
            """,
            scene.Org.Id));
    }

    [Fact]
    public async Task When_the_vendor_is_busy_the_rest_of_a_claim_is_not_even_tried()
    {
        var calls = 0;
        Answer(_ => Interlocked.Increment(ref calls) > 3 ? (429, "{}") : (201, """{"sid":"SM0123456789abcdef0123456789abcdef"}"""));
        var scene = await CampaignScene.Make(_app, 10, "sms", texts: new { content = "Hello" });
        await scene.Run();
        Assert.Equal("sending: 7 pending, 3 sent", await scene.State());
        Assert.Equal(4, calls);
        Assert.Equal("1 6", await _app.Scalar<string>(
            """
            select count(*) filter (where attempts = 1) || ' ' || count(*) filter (where attempts = 0)
            from deliveries
            where campaign_id = $1 and state = 'pending'
            """,
            scene.Id));
        Answer(_ => (201, """{"sid":"SM0123456789abcdef0123456789abcdef"}"""));
        _app.Clock.Advance(TimeSpan.FromSeconds(40));
        await scene.Sweep();
        Assert.Equal("sent: 10 sent", await scene.State());
    }

    private void Answer(Func<VendorStandIn.Request, (int Status, string Body)> answer) => _vendor.Answer = (context, request) =>
    {
        (context.Response.StatusCode, var body) = answer(request);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };
}

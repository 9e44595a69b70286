using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>A campaign's way from its pending recipients to the vendor.</summary>
public sealed class SendCampaignBatchTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task Everybody_gets_their_own_mail_a_thousand_a_call()
    {
        var scene = await CampaignScene.Make(_app, 1203, settings: new { fromName = "Acme News", replyTo = "hello@acme.test" });
        await scene.Run(messages: 2);

        Assert.Equal("sent: 1203 sent", await scene.State());
        Assert.Equal("2 accepted", await scene.Calls());
        scene.EverybodyGotOne(1203);
        var mail = Assert.Single(scene.Mails, mail => mail.To == $"c7@{scene.Domain}");
        Assert.Equal(("Hello Ann 7", "<p>Dear Ann 7</p>"), (mail.Subject, mail.Html));
        Assert.StartsWith("Dear Ann 7, from org-", mail.Text, StringComparison.Ordinal);
        Assert.Equal("Acme News <no-reply@crm.test>", mail.From);
        Assert.Equal("hello@acme.test", mail.Headers["Reply-To"]);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]);
        Assert.Matches("^<http://crm.test/u/[A-Za-z0-9_-]{54}>$", mail.Headers["List-Unsubscribe"]);
        Assert.Equal(scene.Org.Id.ToString(), mail.CustomArgs["organization_id"]);
        Assert.Equal(
            "t t sent",
            await _app.Scalar<string>(
                "select concat_ws(' ', address = $2, provider_id = $3, status) from deliveries where id = $1::uuid",
                Guid.Parse(mail.CustomArgs["delivery_id"]), mail.To, mail.MessageId));
    }

    [Fact]
    public async Task One_message_is_followed_by_others_until_nobody_is_left()
    {
        var scene = await CampaignScene.Make(_app, 2203);
        await scene.Run(goesOn: true);
        Assert.Equal("sent: 2203 sent", await scene.State());
        Assert.Equal("3 accepted", await scene.Calls());
        scene.EverybodyGotOne(2203);
    }

    [Fact]
    public async Task One_sweep_sets_going_what_stands_still_however_large()
    {
        // More than the sweep has messages for.
        var scene = await CampaignScene.Make(_app, 20_900);
        await scene.Sweep();
        Assert.Equal("sent: 20900 sent", await scene.State());
    }

    [Fact]
    public async Task The_end_is_told_to_its_creator_and_the_timelines_once()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await scene.Run(messages: 3);
        await scene.Sweep();

        Assert.Equal("sent: 3 sent", await scene.State());
        Assert.NotEqual("", await scene.Of("finished_at"));
        Assert.Equal(1, await _app.Scalar<long>(
            "select count(*) from notifications where organization_id = $1 and user_id = $2 and type = 'campaign.finished'", scene.Org.Id, scene.Org.Owner.Id));
        Assert.Equal("3 Campaign sent: Spring", await _app.Scalar<string>(
            "select count(distinct contact_id) || ' ' || min(title) from timeline_entries where organization_id = $1 and type = 'campaign'", scene.Org.Id));
        Assert.Equal(3, await _app.Scalar<long>("select count(*) from timeline_entries where organization_id = $1", scene.Org.Id));
    }

    [Fact]
    public async Task Address_and_consent_are_those_of_the_moment_it_is_sent()
    {
        var scene = await CampaignScene.Make(_app, 8);
        await Change("c1", "email = null, email_key = null");
        await Change("c2", "unsubscribed_email = true");
        await Change("c3", "deleted_at = updated_at");
        await Change("c4", $"email = 'New.c4@{scene.Domain}'");
        foreach (var (who, reason) in new[] { ("c5", "bounced"), ("c6", "complained"), ("c7", "manual") })
            await _app.Sql(
                "insert into suppressions (organization_id, id, channel, address, reason, created_at) values ($1, uuidv7(), 'email', $2, $3, now())",
                scene.Org.Id, $"{who}@{scene.Domain}", reason);
        await Change("c7", $"email = 'C7@{scene.Domain}'");

        await scene.Run();

        Assert.Equal("sent: 2 sent, 6 suppressed", await scene.State());
        Assert.Equal([$"New.c4@{scene.Domain}", $"c8@{scene.Domain}"], scene.Mails.Select(mail => mail.To).Order(StringComparer.Ordinal));
        Assert.Equal(
            "bounced,complained,inactive,manual,no_address,unsubscribed",
            await _app.Scalar<string>("select string_agg(skip_reason, ',' order by skip_reason) from deliveries where campaign_id = $1", scene.Id));

        Task Change(string who, string what) =>
            _app.Sql($"update contacts set {what} where organization_id = $1 and email = $2", scene.Org.Id, $"{who}@{scene.Domain}");
    }

    [Fact]
    public async Task An_address_that_two_contacts_have_goes_into_two_calls()
    {
        var scene = await CampaignScene.Make(_app, 6);
        await _app.Sql(
            """
            update contacts set email = case when first_name = 'Ann 2' then upper($2) else $2 end
            where organization_id = $1 and first_name in ('Ann 2', 'Ann 4', 'Ann 5')
            """,
            scene.Org.Id, $"c1@{scene.Domain}");
        await scene.Run();
        Assert.Equal("sent: 6 sent", await scene.State());
        Assert.Equal("4 accepted", await scene.Calls());
    }

    [Fact]
    public async Task Whose_words_are_too_many_for_a_call_of_all_goes_alone()
    {
        var scene = await CampaignScene.Make(_app, 3, texts: new { subject = "Hi", content = "{{ custom.story }} {{ first_name }}" });
        await _app.Sql(
            "update contacts set custom_fields = jsonb_build_object('story', repeat('long ', 2000)) where organization_id = $1 and first_name = 'Ann 2'",
            scene.Org.Id);
        await scene.Run();
        Assert.Equal("sent: 3 sent", await scene.State());
        Assert.Equal("2 accepted", await scene.Calls());
        Assert.EndsWith("long  Ann 2", Assert.Single(scene.Mails, mail => mail.To.StartsWith("c2@", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_made_fails_and_the_others_go_out()
    {
        var scene = await CampaignScene.Make(
            _app, 3, texts: new { subject = "Hi", content = "{% if first_name == 'Ann 2' %}{{ 1 | divided_by: 0 }}{% endif %}Hello" });
        await scene.Run();
        Assert.Equal("sent: 1 failed, 2 sent", await scene.State());
        Assert.Equal("The text cannot be made: It divides by zero", await _app.Scalar<string>(
            "select error from deliveries where campaign_id = $1 and state = 'failed'", scene.Id));
    }

    [Fact]
    public async Task Messages_that_come_twice_at_once_send_nothing_twice()
    {
        var scene = await CampaignScene.Make(_app, 2500);
        await scene.Run(messages: 12);
        Assert.Equal("", await _app.Scalar<string>("select coalesce(max(address || ': ' || error), '') from deliveries where campaign_id = $1", scene.Id));
        Assert.Equal("sent: 2500 sent", await scene.State());
        scene.EverybodyGotOne(2500);
    }

    [Fact]
    public async Task A_message_of_an_earlier_run_or_of_a_campaign_that_is_paused_does_nothing()
    {
        var scene = await CampaignScene.Make(_app, 3);
        await _app.Sql("update campaigns set status = 'paused', run = 2 where id = $1", scene.Id);
        await scene.Run(run: 1);
        await scene.Run(run: 2);
        await scene.Sweep();
        Assert.Equal("paused: 3 pending", await scene.State());

        await _app.Sql("update campaigns set status = 'sending', run = 3 where id = $1", scene.Id);
        await scene.Run(run: 2);
        Assert.Equal("sending: 3 pending", await scene.State());
        await scene.Run(run: 3);
        Assert.Equal("sent: 3 sent", await scene.State());
        scene.EverybodyGotOne(3);
    }

    [Fact]
    public async Task Of_a_test_the_halves_go_first_and_the_rest_gets_the_winner()
    {
        var scene = await CampaignScene.Make(
            _app, 6, settings: new { abTest = new { subjectB = "B" } }, texts: new { subject = "A", subjectB = "B", content = "Hello" });
        await _app.Sql("update campaigns set decide_at = now() + interval '1 hour' where id = $1", scene.Id);
        await _app.Sql(
            """
            update deliveries d set variant = case c.first_name when 'Ann 1' then 'a' else 'b' end
            from contacts c
            where c.id = d.contact_id and d.campaign_id = $1 and c.first_name in ('Ann 1', 'Ann 2')
            """,
            scene.Id);
        await scene.Run(messages: 2);
        Assert.Equal("sending: 4 pending, 2 sent", await scene.State());

        await _app.Sql("update campaigns set winner = 'b' where id = $1", scene.Id);
        await scene.Sweep();

        Assert.Equal("sent: 6 sent", await scene.State());
        Assert.Equal("A B B B B B", string.Join(' ', scene.Mails.OrderBy(mail => mail.To, StringComparer.Ordinal).Select(mail => mail.Subject)));
    }

    [Fact]
    public async Task Who_is_not_due_yet_waits()
    {
        var scene = await CampaignScene.Make(_app, 4);
        await _app.Sql(
            "update deliveries set not_before = $2 where id in (select id from deliveries where campaign_id = $1 order by id limit 3)",
            scene.Id, _app.Clock.GetUtcNow().AddHours(1));
        await scene.Run();
        await scene.Sweep();
        Assert.Equal("sending: 3 pending, 1 sent", await scene.State());
    }

    [Fact]
    public async Task Quiet_hours_that_begin_while_it_is_sent_are_kept()
    {
        var now = _app.Clock.GetUtcNow();
        var scene = await CampaignScene.Make(_app, 4, settings: new { quietHours = Hours(now.AddHours(-1), now.AddHours(2)) });
        await scene.Run(messages: 2, goesOn: true);
        await scene.Sweep();
        Assert.Equal("sending: 4 pending", await scene.State());

        _app.Clock.Advance(TimeSpan.FromHours(2));
        await scene.Sweep();
        Assert.Equal("sent: 4 sent", await scene.State());
    }

    [Fact]
    public async Task Quiet_hours_where_the_recipient_is_are_kept_too()
    {
        var tokyo = _app.Clock.GetUtcNow().AddHours(9);
        var scene = await CampaignScene.Make(
            _app, 4, settings: new { sendInContactTimezone = true, quietHours = Hours(tokyo.AddHours(-1), tokyo.AddHours(2)) });
        await _app.Sql(
            """
            update contacts set custom_fields = jsonb_build_object('timezone', 'Asia/Tokyo')
            where organization_id = $1 and first_name in ('Ann 2', 'Ann 3')
            """,
            scene.Org.Id);
        await scene.Run(goesOn: true);
        Assert.Equal("sending: 2 pending, 2 sent", await scene.State());
        await scene.Sweep();
        Assert.Equal("sending: 2 pending, 2 sent", await scene.State());

        _app.Clock.Advance(TimeSpan.FromHours(2));
        await scene.Sweep();
        Assert.Equal("sent: 4 sent", await scene.State());
        scene.EverybodyGotOne(4);
    }

    private static object Hours(DateTimeOffset from, DateTimeOffset to) => new { from = from.ToString("HH:mm"), to = to.ToString("HH:mm") };
}

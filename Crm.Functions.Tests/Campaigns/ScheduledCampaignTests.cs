using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

public sealed class ScheduledCampaignTests(OwnApp own) : IClassFixture<OwnApp>
{
    private TestApp App => own.App;

    [Fact]
    public async Task A_campaign_whose_hour_has_come_is_sent_once_and_one_that_was_paused_is_not()
    {
        var org = await App.NewOrganization();
        var contacts = await org.AddContacts(2);
        var due = await Scheduled(org.Owner, contacts, TimeSpan.FromMinutes(10));
        var paused = await Scheduled(org.Owner, contacts, TimeSpan.FromMinutes(10));
        var later = await Scheduled(org.Owner, contacts, TimeSpan.FromMinutes(20));
        (await org.Owner.Post($"/campaigns/{paused}/pause")).Expect(200);
        await org.Hold(due);

        await App.RunTimer("SendScheduledCampaigns");
        Assert.Equal("scheduled", await org.Owner.Status(due));
        App.Clock.Advance(TimeSpan.FromMinutes(11));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => App.RunTimer("SendScheduledCampaigns")));

        Assert.Equal("sending", await org.Owner.Status(due));
        Assert.Equal(1, await App.Scalar<int>("select run from campaigns where id = $1", due));
        Assert.Equal(["paused", "scheduled"], [await org.Owner.Status(paused), await org.Owner.Status(later)]);
        Assert.True((await org.Owner.Campaign(due)).IsNull("scheduledAt"));
        Assert.Empty(await Notices(org, org.Owner));
    }

    [Fact]
    public async Task One_that_cannot_be_sent_says_so_and_holds_up_nobody()
    {
        var (org, other) = (await App.NewOrganization(), await App.NewOrganization());
        var contacts = await org.AddContacts(1);
        var staffsOwn = await org.AddContacts(1, org.Staff);
        var late = await Scheduled(org.Owner, contacts, TimeSpan.FromMinutes(5));
        App.Clock.Advance(TimeSpan.FromMinutes(6) + TimeSpan.FromHours(6));
        var empty = await Scheduled(org.Manager, [], TimeSpan.FromMinutes(5));
        var wrong = await Scheduled(org.Owner, contacts, TimeSpan.FromMinutes(5));
        (await org.Owner.Patch($"/campaigns/{wrong}", new { content = "{{ frist_name }}" })).Expect(200);
        var staffs = await Scheduled(org.Staff, staffsOwn, TimeSpan.FromMinutes(5));
        (await org.Owner.Patch("/settings/organization", new { settings = new { staffMaySendCampaigns = false } })).Expect(200);
        var fine = await Scheduled(other.Owner, await other.AddContacts(1), TimeSpan.FromMinutes(5));
        await other.Hold(fine);
        App.Clock.Advance(TimeSpan.FromMinutes(6));

        await App.RunTimer("SendScheduledCampaigns");

        Assert.Equal("sending", await other.Owner.Status(fine));
        var states = new List<string>();
        foreach (var id in new[] { late, empty, wrong, staffs })
            states.Add(await org.Owner.Status(id));
        Assert.Equal(["paused", "draft", "paused", "paused"], states);
        Assert.Contains("6 hours", (await org.Owner.Campaign(late)).Text("pauseReason"), StringComparison.Ordinal);
        Assert.Contains("frist_name", (await org.Owner.Campaign(wrong)).Text("pauseReason"), StringComparison.Ordinal);
        Assert.Equal("""[null,null]""", (await org.Owner.Campaign(empty)).Values("pauseReason", "scheduledAt"));
        Assert.Equal(2, (await Notices(org, org.Owner)).Length);
        Assert.Equal(["Spring was not sent and is a draft again"], await Notices(org, org.Manager));
        Assert.Equal(["Spring was paused"], await Notices(org, org.Staff));
    }

    [Fact]
    public async Task Staffs_segment_finds_their_own_contacts_when_its_hour_comes()
    {
        var org = await App.NewOrganization();
        await org.AddContacts(2, org.Staff);
        await org.AddContacts(3, org.OtherStaff);
        var id = (await org.Staff.Post("/campaigns", new
        {
            name = "x",
            type = "email",
            subject = "x",
            content = "x",
            segment = new { },
            scheduledAt = App.Clock.GetUtcNow().AddMinutes(5).ToString("O"),
            settings = Quiet(),
        })).Expect(201).Data.Id("id");
        App.Clock.Advance(TimeSpan.FromMinutes(6));
        await App.RunTimer("SendScheduledCampaigns");
        Assert.Equal(2, (await org.Staff.Campaign(id)).GetProperty("stats").Number("totalRecipients"));
    }

    [Fact]
    public async Task Quiet_hours_and_the_contacts_own_time_of_day_are_kept()
    {
        // Noon in Berlin, on a winter's day to come.
        var noon = new DateTimeOffset(2099, 1, 12, 11, 0, 0, TimeSpan.Zero);
        App.Clock.Advance(noon - App.Clock.GetUtcNow());
        var org = await App.NewOrganization("Europe/Berlin");
        var contacts = await org.AddContacts(4);
        foreach (var (contact, zone) in contacts.Zip(["America/New_York", "Asia/Tokyo", "nowhere", "Europe/Berlin"]))
            await App.Sql("update contacts set custom_fields = jsonb_build_object('timezone', $2) where id = $1", contact, zone);

        // It is noon: nobody is asleep.
        Assert.Equal([null, null, null, null], await Times(new { quietHours = new { from = "21:00", to = "08:00" } }));
        Assert.Equal([At(13, 30), At(13, 30), At(13, 30), At(13, 30)], await Times(new { quietHours = new { from = "11:30", to = "14:30" } }));
        // Noon of each: past in Tokyo, six hours away in New York.
        Assert.Equal([At(17), null, null, null], await Times(new { sendInContactTimezone = true }));
        // It is past eight in the evening in Tokyo.
        Assert.Equal(
            [At(17), At(23), null, null], await Times(new { sendInContactTimezone = true, quietHours = new { from = "20:00", to = "08:00" } }));
        // Begins before midnight and ends after it.
        App.Clock.Advance(TimeSpan.FromHours(12.5));
        Assert.Equal([At(31), At(31), At(31), At(31)], await Times(new { quietHours = new { from = "21:00", to = "08:00" } }));

        // To the minute: the clock goes on while the test does.
        string At(double hour, double minute = 0) => noon.Date.AddHours(hour).AddMinutes(minute).ToString("yyyy-MM-ddTHH:mm");

        async Task<string?[]> Times(object settings)
        {
            var sender = await org.AddUser("owner");
            var id = await sender.AddCampaign(contacts, settings);
            (await sender.Post($"/campaigns/{id}/send", new { })).Expect(200);
            var text = await App.Scalar<string>(
                """
                select json_agg(to_char(not_before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') order by contact_id)::text
                from deliveries where campaign_id = $1
                """, id);
            return JsonSerializer.Deserialize<string?[]>(text)!;
        }
    }

    [Fact]
    public async Task An_ab_test_is_decided_by_what_people_did_and_a_tie_is_the_firsts()
    {
        var org = await App.NewOrganization();
        var contacts = await org.AddContacts(20);
        foreach (var (metric, column, winner) in new[]
        {
            ("opens", "human_opened_at", "b"), ("clicks", "human_clicked_at", "b"), ("opens", "opened_at", "a"), ("clicks", "human_opened_at", "a"),
        })
        {
            var sender = await org.AddUser("owner");
            var id = await sender.AddCampaign(
                contacts, new { abTest = new { subjectB = "B", sharePercent = 10, waitMinutes = 30, metric } });
            await org.Hold(id);
            (await sender.Post($"/campaigns/{id}/send", new { })).Expect(200);
            Assert.Equal(
                "a:2 b:2 -:16",
                await App.Scalar<string>(
                    """
                    select string_agg(coalesce(variant, '-') || ':' || n, ' ' order by variant)
                    from (select variant, count(*) n from deliveries where campaign_id = $1 group by variant) v
                    """, id));
            await App.Sql(
                $"""
                update deliveries set state = 'sent', sent_at = now(), {column} = case when variant = 'b' then now() end
                where campaign_id = $1 and variant is not null
                """, id);

            // Held until tomorrow, and half an hour later it is decided.
            App.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(29));
            await App.RunTimer("DecideAbTests");
            var reader = await org.AddUser("owner");
            Assert.True((await reader.Campaign(id)).IsNull("winner"));
            App.Clock.Advance(TimeSpan.FromMinutes(2));
            await Task.WhenAll(App.RunTimer("DecideAbTests"), App.RunTimer("DecideAbTests"));
            Assert.Equal(winner, (await reader.Campaign(id)).Text("winner"));
            Assert.Equal(1, await org.Count("select count(*) from audit_events where organization_id = $1 and entity_id = $2 and actor_id is null", id));
        }
    }

    [Fact]
    public async Task A_test_that_cannot_be_decided_holds_up_no_other()
    {
        var (stuck, other) = (await CampaignScene.Make(App, 1), await CampaignScene.Make(App, 1));
        foreach (var scene in new[] { stuck, other })
        {
            App.Clock.Advance(TimeSpan.FromSeconds(1));
            await App.Sql("update campaigns set status = 'sent', decide_at = $2 where id = $1", scene.Id, App.Clock.GetUtcNow());
        }

        await App.Sql($"""
            create function refuse() returns trigger language plpgsql as $$ begin raise 'told to fail'; end $$;
            create trigger refused before update on campaigns for each row when (new.organization_id = '{stuck.Org.Id}') execute function refuse()
            """);
        Assert.Contains("told to fail", (await App.Fire("DecideAbTests")).Error, StringComparison.Ordinal);
        await App.Sql("drop function refuse() cascade");

        Assert.Equal("- a", await Winners());
        await App.RunTimer("DecideAbTests");
        Assert.Equal("a a", await Winners());

        Task<string> Winners() => App.Scalar<string>(
            "select string_agg(coalesce(winner, '-'), ' ' order by decide_at) from campaigns where id = any($1)", new[] { stuck.Id, other.Id });
    }

    private async Task<Guid> Scheduled(TestUser user, Guid[] contacts, TimeSpan wait) =>
        await user.AddCampaign(contacts, at: (App.Clock.GetUtcNow() + wait).ToString("O"));

    private async Task<string[]> Notices(TestOrganization org, TestUser user) => await App.Scalar<string[]>(
        "select coalesce(array_agg(title), '{}') from notifications where organization_id = $1 and user_id = $2 and type = 'campaign.paused'", org.Id, user.Id);

    private object Quiet()
    {
        var now = App.Clock.GetUtcNow();
        return new { quietHours = new { from = now.AddHours(-2).ToString("HH:mm"), to = now.AddHours(3).ToString("HH:mm") } };
    }
}

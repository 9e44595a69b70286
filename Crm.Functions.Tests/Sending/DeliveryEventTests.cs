using Crm.Functions.Sending;
using Crm.Functions.Tests.Fixture;
using static Crm.Functions.Sending.DeliveryEventKind;

namespace Crm.Functions.Tests.Sending;

public sealed class DeliveryEventTests(TestServices services)
{
    [Fact]
    public async Task A_later_step_implies_the_earlier_ones_and_counts_stay_nested()
    {
        var ledger = await Ledger.Create(services.App, 4);
        await ledger.SetSent();

        await ledger.Apply(ledger.Told(1, Clicked), ledger.Told(2, HumanOpened), ledger.Told(3, Delivered), ledger.Told(4, HumanClicked, 90));

        Assert.Equal(
            ("clicked", "opened", "delivered", "clicked"),
            (await ledger.Status(1), await ledger.Status(2), await ledger.Status(3), await ledger.Status(4)));
        Assert.True(await ledger.Value<bool>(
            1, "delivered_at = opened_at and opened_at = clicked_at and human_opened_at is null and human_clicked_at is null"));
        Assert.True(await ledger.Value<bool>(4, "human_opened_at = human_clicked_at and clicked_at = delivered_at"));
        Assert.Equal("4 4 3 2", await ledger.Org.App.Scalar<string>(
            "select concat_ws(' ', sum(sent), sum(delivered), sum(opened), sum(clicked)) from campaign_totals where organization_id = $1", ledger.Org.Id));
    }

    [Fact]
    public async Task An_event_proves_the_whole_call_of_a_message_that_may_have_been_lost()
    {
        var ledger = await Ledger.Create(services.App, 5);
        var lost = await ledger.Call(ledger.Deliveries[..3], "uncertain");
        var other = await ledger.Call(ledger.Deliveries[3..4]);

        await ledger.Apply(ledger.Told(2, DeliveryEventKind.Deferred, 30));

        Assert.Equal("sent sent sent pending pending", await Statuses(ledger));
        Assert.Equal(("accepted", "claimed"), (await State(ledger, lost), await State(ledger, other)));
        // Of an answer that came, too: an accepted call is not touched, and what is sent stays it.
        await ledger.Apply(ledger.Told(1, DeliveryEventKind.Accepted, 30));
        Assert.Equal("sent sent sent pending pending", await Statuses(ledger));
    }

    [Fact]
    public async Task A_late_event_of_a_call_that_was_released_proves_its_message_and_not_the_call_that_has_it_now()
    {
        var ledger = await Ledger.Create(services.App, 3);
        var former = Guid.CreateVersion7();
        var now = await ledger.Call(ledger.Deliveries, "uncertain");

        await ledger.Apply(ledger.Told(1, Delivered) with { CallId = former });
        Assert.Equal("delivered pending pending", await Statuses(ledger));
        Assert.Equal("uncertain", await State(ledger, now));

        await ledger.Apply(ledger.Told(2, Delivered) with { CallId = now });
        Assert.Equal("delivered delivered sent", await Statuses(ledger));
    }

    [Fact]
    public async Task What_was_given_up_as_unconfirmed_was_sent_after_all_when_something_is_heard_of_it()
    {
        var ledger = await Ledger.Create(services.App, 3);
        var call = await ledger.Call(ledger.Deliveries, "unconfirmed");
        await ledger.Set("state = 'failed', error = 'unconfirmed', failed_at = $3", ledger.Deliveries, Ledger.Start.AddDays(3));

        await ledger.Apply(ledger.Told(1, Delivered));

        Assert.Equal("delivered sent sent", await Statuses(ledger));
        Assert.Equal("accepted", await State(ledger, call));
        Assert.True(await ledger.Value<bool>(2, "error is null and failed_at is null"));
    }

    [Fact]
    public async Task A_message_that_is_claimed_by_nobody_is_not_sent_again_after_it_was_heard_of()
    {
        var ledger = await Ledger.Create(services.App, 2);
        await ledger.Apply(ledger.Told(1, DeliveryEventKind.Accepted));
        Assert.Equal("sent pending", await Statuses(ledger));
    }

    [Fact]
    public async Task A_bounce_wins_whatever_comes_before_or_after_and_suppresses_the_address_but_not_a_block()
    {
        var ledger = await Ledger.Create(services.App, 3);
        await ledger.SetSent();

        await ledger.Apply(ledger.Told(1, HumanClicked), ledger.Told(1, Bounced, 70, "550 no such user"));
        await ledger.Apply(ledger.Told(2, Bounced, 50, "550"), ledger.Told(3, Blocked, 50, "421 busy"));
        await ledger.Apply(ledger.Told(2, Opened, 60), ledger.Told(3, Delivered, 90));

        Assert.Equal("bounced bounced bounced", await Statuses(ledger));
        Assert.Equal("550 no such user", await ledger.Value<string>(1, "error"));
        Assert.Equal(("bounced", "bounced", ""),
            (await ledger.Suppressed("c1@ledger.test"), await ledger.Suppressed("c2@ledger.test"), await ledger.Suppressed("c3@ledger.test")));
        // An address that does not work says nothing of what its people want.
        Assert.Equal(0, await ledger.Org.App.Scalar<long>(
            "select count(*) from contacts where organization_id = $1 and unsubscribed_email", ledger.Org.Id));
        Assert.Equal("3 0 3", await ledger.Org.App.Scalar<string>(
            "select concat_ws(' ', sum(sent), sum(delivered), sum(bounced)) from campaign_totals where organization_id = $1", ledger.Org.Id));
    }

    [Fact]
    public async Task Who_unsubscribes_or_complains_is_flagged_on_every_contact_of_the_address_once()
    {
        var ledger = await Ledger.Create(services.App, 3);
        await ledger.SetSent();
        var twin = (await ledger.Org.Owner.Post("/contacts", new { name = "Twin", email = "c1@Ledger.Test", allowDuplicate = true })).Expect(201)
            .Data.GetProperty("id").GetGuid();

        await ledger.Apply(ledger.Told(1, Unsubscribed), ledger.Told(2, Complained));
        await ledger.Apply(ledger.Told(1, Unsubscribed), ledger.Told(2, Complained), ledger.Told(2, Unsubscribed, 80));

        Assert.Equal("unsubscribed unsubscribed sent", await Statuses(ledger));
        Assert.Equal(("unsubscribed", "complained"), (await ledger.Suppressed("c1@ledger.test"), await ledger.Suppressed("c2@ledger.test")));
        foreach (var contact in new[] { twin, ledger.Contacts[0], ledger.Contacts[1] })
        {
            var shown = (await ledger.Org.Owner.Get($"/contacts/{contact}")).Expect(200).Data;
            Assert.True(shown.GetProperty("unsubscribedEmail").GetBoolean());
            Assert.False(shown.GetProperty("unsubscribedSms").GetBoolean());
            Assert.Equal(2, shown.GetProperty("version").GetInt32());
            var entry = Assert.Single(
                (await ledger.Org.Owner.Get($"/contacts/{contact}/timeline?type=update")).Expect(200).Data.GetProperty("timeline").EnumerateArray(),
                one => one.GetProperty("action").GetString() == "contact_updated");
            var change = entry.GetProperty("changes")[0];
            Assert.Equal(("unsubscribedEmail", false, true),
                (change.GetProperty("field").GetString(), change.GetProperty("old").GetBoolean(), change.GetProperty("new").GetBoolean()));
        }
    }

    [Fact]
    public async Task The_gravest_reason_stays_and_what_was_dropped_for_one_suppresses_as_it_says()
    {
        var ledger = await Ledger.Create(services.App, 2);
        await ledger.SetSent();

        await ledger.Apply(ledger.Told(1, Complained));
        await ledger.Apply(ledger.Told(1, Unsubscribed));
        Assert.Equal("complained", await ledger.Suppressed("c1@ledger.test"));
        await ledger.Apply(ledger.Told(1, Dropped, 90, "Bounced Address") with { Suppresses = "bounced" });
        Assert.Equal("bounced", await ledger.Suppressed("c1@ledger.test"));
        await ledger.Apply(ledger.Told(2, Dropped, 90, "Spam Content"));
        Assert.Equal("", await ledger.Suppressed("c2@ledger.test"));
        Assert.Equal("failed failed", await Statuses(ledger));
        Assert.Equal("Spam Content", await ledger.Value<string>(2, "error"));
        // Delivered it was not, whatever comes.
        await ledger.Apply(ledger.Told(2, Opened, 100));
        Assert.Equal("failed", await ledger.Status(2));
    }

    [Fact]
    public async Task Messages_of_another_organisation_and_unknown_ones_are_told_and_nothing_happens_to_them()
    {
        var ledger = await Ledger.Create(services.App, 1);
        var other = await Ledger.Create(services.App, 1);
        await other.SetSent();
        var nobodys = Guid.CreateVersion7();

        var unknown = await ledger.Apply(new(other.Deliveries[0], Unsubscribed, Ledger.Start), new(nobodys, Bounced, Ledger.Start), ledger.Told(1, Delivered));

        Assert.Equal([other.Deliveries[0], nobodys], unknown.Order());
        Assert.Equal(("sent", "delivered", ""), (await other.Status(1), await ledger.Status(1), await other.Suppressed("c1@ledger.test")));
    }

    [Fact]
    public async Task Who_wrote_stop_gets_no_sms_but_mail()
    {
        var ledger = await Ledger.Create(services.App, 1, "sms");
        await ledger.SetSent();
        await ledger.Apply(ledger.Told(1, Dropped, 60, "21610") with { Suppresses = "stopped" });
        Assert.Equal("stopped", await ledger.Suppressed("+14155550001"));
        Assert.Equal("f t", await ledger.Org.App.Scalar<string>(
            "select concat_ws(' ', unsubscribed_email, unsubscribed_sms) from contacts where organization_id = $1", ledger.Org.Id));
    }

    private static Task<string> Statuses(Ledger ledger) => ledger.Org.App.Scalar<string>(
        "select string_agg(status, ' ' order by array_position($2, id)) from deliveries where organization_id = $1", ledger.Org.Id, ledger.Deliveries);

    private static Task<string> State(Ledger ledger, Guid call) =>
        ledger.Org.App.Scalar<string>("select state from provider_calls where organization_id = $1 and id = $2", ledger.Org.Id, call);
}

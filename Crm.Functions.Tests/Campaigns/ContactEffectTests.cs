using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

/// <summary>What campaigns feel of what happens to contacts and to colleagues.</summary>
public sealed class ContactEffectTests(TestServices services)
{
    [Theory]
    [InlineData("alone")]
    [InlineData("by ids")]
    [InlineData("by a filter")]
    public async Task A_deleted_contact_leaves_campaigns_that_were_not_sent_and_gets_nothing_of_those_on_their_way(string how)
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(3);
        await app.Sql("update contacts set tags = '{gone}' where id = $1", contacts[0]);
        var ids = new Dictionary<string, Guid>();
        foreach (var status in new[] { "draft", "scheduled", "sending", "paused", "sent", "cancelled" })
        {
            ids[status] = await org.Owner.AddCampaign(contacts);
            await app.Sql("update campaigns set status = $2 where id = $1", ids[status], status);
        }

        var claimed = await org.Owner.AddCampaign(contacts);
        await app.Sql("update deliveries set call_id = uuidv7() where campaign_id = $1", claimed);

        (await (how switch
        {
            "alone" => org.Owner.Delete($"/contacts/{contacts[0]}"),
            "by ids" => org.Owner.Post("/contacts/bulk", new { ids = new[] { contacts[0] }, action = "delete" }),
            _ => org.Owner.Post("/contacts/bulk", new { filter = new { tags = new[] { "gone" } }, action = "delete" }),
        })).Expect(200);

        foreach (var (status, expected) in new[]
        {
            ("draft", "2 2 0"), ("scheduled", "2 2 0"), ("sending", "3 2 1"), ("paused", "3 2 1"), ("sent", "3 3 0"), ("cancelled", "3 3 0"),
        })
            Assert.Equal(expected, await Counts(ids[status]));
        Assert.Equal("3 3 0", await Counts(claimed));
        var skipped = (await org.Owner.Get($"/campaigns/{ids["sending"]}/recipients?status=suppressed")).Expect(200).Data.GetProperty("recipients")[0];
        Assert.Equal("inactive", skipped.Text("skipReason"));

        Task<string> Counts(Guid campaign) => app.Scalar<string>(
            "select concat_ws(' ', sum(recipients), sum(pending), sum(suppressed)) from campaign_totals where campaign_id = $1", campaign);
    }

    [Fact]
    public async Task Merged_contacts_are_one_recipient_who_came_as_far_as_the_furthest_of_them()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(4);
        var both = await org.Owner.AddCampaign(contacts);
        var one = await org.Owner.AddCampaign([contacts[1]]);
        await Become(both, contacts[0], "state = 'failed', failed_at = now()");
        await Become(both, contacts[1], "state = 'sent', sent_at = now(), delivered_at = now()");
        await Become(both, contacts[2], "state = 'sent', sent_at = now(), opened_at = now(), delivered_at = now(), clicked_at = now()");

        var merge = new { primaryId = contacts[0], duplicateIds = contacts[1..3], dryRun = true };
        (await org.Owner.Post("/contacts/merge", merge)).Expect(200);
        Assert.Equal(4, (await org.Owner.Campaign(both)).GetProperty("stats").Number("totalRecipients"));
        (await org.Owner.Post("/contacts/merge", merge with { dryRun = false })).Expect(200);

        var recipients = (await org.Owner.Get($"/campaigns/{both}/recipients")).Expect(200).Data.GetProperty("recipients").EnumerateArray()
            .ToDictionary(recipient => recipient.Id("contactId"), recipient => recipient.Text("status"));
        Assert.Equal(new() { [contacts[0]] = "clicked", [contacts[3]] = "pending" }, recipients);
        var stats = (await org.Owner.Campaign(both)).GetProperty("stats");
        Assert.Equal("[2,1,1,1,0,1]", stats.Values("totalRecipients", "sent", "delivered", "clicked", "failed", "pending"));
        Assert.Equal(contacts[0], (await org.Owner.Get($"/campaigns/{one}/recipients")).Expect(200).Data.GetProperty("recipients")[0].Id("contactId"));

        Task Become(Guid campaign, Guid contact, string what) =>
            app.Sql($"update deliveries set {what} where campaign_id = $1 and contact_id = $2", campaign, contact);
    }

    [Fact]
    public async Task Of_two_that_wait_the_one_that_is_with_the_vendor_stays_and_one_that_failed_goes()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(3);
        var id = await org.Owner.AddCampaign(contacts);
        await app.Sql("update deliveries set call_id = uuidv7() where campaign_id = $1 and contact_id = $2", id, contacts[1]);
        await app.Sql("update deliveries set state = 'suppressed', skip_reason = 'stopped' where campaign_id = $1 and contact_id = $2", id, contacts[2]);
        (await org.Owner.Post("/contacts/merge", new { primaryId = contacts[2], duplicateIds = contacts[..2] })).Expect(200);
        Assert.Equal(
            $"{contacts[2]} t",
            await app.Scalar<string>("select string_agg(concat_ws(' ', contact_id, call_id is not null), ',') from deliveries where campaign_id = $1", id));
    }

    [Fact]
    public async Task The_campaigns_of_who_leaves_go_over_with_the_contacts_or_stay()
    {
        var org = await services.App.NewOrganization();
        var (leaver, stayer) = (await org.AddUser("staff"), await org.AddUser("staff"));
        var id = await leaver.AddCampaign(await org.AddContacts(1, leaver));
        var kept = await stayer.AddCampaign();
        var before = (await org.Owner.Get("/settings/system")).Expect(200).Data.GetProperty("stats").Number("campaigns");

        var reassigned = (await org.Owner.Delete($"/settings/team/{leaver.Id}?reassignTo={org.Staff.Id}")).Expect(200).Data.GetProperty("reassigned");
        (await org.Owner.Delete($"/settings/team/{stayer.Id}")).Expect(200);

        Assert.Equal("[1,1]", reassigned.Values("contacts", "campaigns"));
        Assert.Equal(2, before);
        Assert.Equal("Staff", (await org.Staff.Campaign(id)).GetProperty("creator").Text("firstName"));
        (await org.Staff.Get($"/campaigns/{kept}")).Expect(403, "FORBIDDEN");
        Assert.Equal("draft", await org.Owner.Status(kept));
        Assert.Equal("""["completed",2,1]""", Handed((await org.Owner.Get($"/settings/team/{leaver.Id}/hand-over")).Expect(200)));

        static string Handed(TestReply reply) =>
            $"""["{reply.Data.Text("status")}",{reply.Data.Number("total")},{reply.Data.GetProperty("reassigned").Number("campaigns")}]""";
    }

    [Fact]
    public async Task What_a_campaign_sent_is_on_the_contacts_timeline_under_its_own_type()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contact = await org.AddContact(org.Owner);
        var id = await org.Owner.AddCampaign();
        await app.Sql(
            """
            insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, occurred_at, created_at)
            values ($1, uuidv7(), $2, 'campaign', 'campaign_sent', 'Spring', 'campaign', $3, now(), now())
            """, org.Id, contact, id);
        var timeline = (await org.Owner.Get($"/contacts/{contact}/timeline?type=campaign")).Expect(200).Data.GetProperty("timeline");
        Assert.Equal(id, Assert.Single(timeline.EnumerateArray()).Id("entityId"));
    }
}

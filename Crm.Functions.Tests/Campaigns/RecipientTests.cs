using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

public sealed class RecipientTests(TestServices services)
{
    [Fact]
    public async Task Contacts_are_added_once_and_those_who_cannot_be_written_to_are_told_by_their_reason()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var other = await app.NewOrganization();
        var contacts = await org.AddContacts(8, org.Staff);
        var foreign = (await other.AddContacts(1))[0];
        var colleagues = (await org.AddContacts(1, org.OtherStaff))[0];
        await app.Sql("update contacts set unsubscribed_email = true where id = $1", contacts[1]);
        await app.Sql("update contacts set email = null where id = $1", contacts[2]);
        (await org.Owner.Delete($"/contacts/{contacts[3]}")).Expect(200);
        (await org.Owner.Post("/contacts/merge", new { primaryId = contacts[4], duplicateIds = new[] { contacts[5] } })).Expect(200);
        await app.Sql("""
            insert into suppressions (organization_id, id, channel, address, reason, created_at)
            select organization_id, uuidv7(), 'email', lower(email), 'bounced', now() from contacts where id = $1
            """, contacts[6]);
        await app.Sql("update contacts set email = upper(email) where id = $1", contacts[6]);
        var id = await org.Staff.AddCampaign([contacts[0]]);

        var added = (await org.Staff.Post(
            $"/campaigns/{id}/recipients", new { contactIds = (Guid[])[.. contacts, contacts[7], foreign, colleagues, Guid.NewGuid()] })).Expect(200).Data;

        // The first was one already, the last is named twice, and a merged one is the one that stays.
        Assert.Equal("[2,10,3]", added.Values("added", "skipped", "total"));
        Assert.Equal("[3,2,1,2,1,1]", added.GetProperty("skippedDetails").Values("duplicate", "notFound", "noAddress", "suppressed", "inactive", "forbidden"));
        Assert.Equal(3, (await org.Staff.Campaign(id)).GetProperty("progress").Number("pending"));
        foreach (var bad in new object[] { new { }, new { contactIds = Array.Empty<Guid>() }, new { contactIds = contacts, segment = new { } } })
            (await org.Staff.Post($"/campaigns/{id}/recipients", bad)).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Post($"/campaigns/{id}/recipients", new { contactIds = new Guid[10_001] })).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task A_segment_adds_those_whom_the_list_finds_within_the_callers_reach()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var own = await org.AddContacts(3, org.Staff);
        var colleagues = await org.AddContacts(2, org.OtherStaff);
        await app.Sql("update contacts set tags = '{vip}' where id = any($1)", (Guid[])[own[0], own[1], colleagues[0]]);
        await app.Sql("update contacts set unsubscribed_sms = true where id = $1", own[1]);

        var id = await org.Staff.AddCampaign();
        var vip = new { segment = new { tags = new[] { "vip" } } };
        Assert.Equal("[2,0,2]", (await org.Staff.Post($"/campaigns/{id}/recipients", vip)).Expect(200).Data.Values("added", "skipped", "total"));
        Assert.Equal("[0,2,2]", (await org.Staff.Post($"/campaigns/{id}/recipients", vip)).Expect(200).Data.Values("added", "skipped", "total"));
        Assert.Equal("[1,2,3]", (await org.Manager.Post($"/campaigns/{id}/recipients", vip)).Expect(200).Data.Values("added", "skipped", "total"));
        (await org.Staff.Post($"/campaigns/{id}/recipients", new { segment = new { ownerId = org.OtherStaff.Id } })).Expect(403, "FORBIDDEN");
        var found = new { segment = new { ownerId = org.OtherStaff.Id, search = "contact 2" } };
        Assert.Equal("[1,0,4]", (await org.Manager.Post($"/campaigns/{id}/recipients", found)).Expect(200).Data.Values("added", "skipped", "total"));

        var sms = (await org.Manager.Post("/campaigns", new { name = "x", type = "sms", content = "Hello" })).Expect(201).Data.Id("id");
        var told = (await org.Manager.Post($"/campaigns/{sms}/recipients", new { segment = new { } })).Expect(200).Data;
        Assert.Equal("[4,1]", told.Values("added", "skipped"));
        Assert.Equal(1, told.GetProperty("skippedDetails").Number("suppressed"));
    }

    [Fact]
    public async Task Recipients_are_listed_by_their_furthest_step()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(10);
        var id = await org.Owner.AddCampaign(contacts);
        await org.Change(id, 1, "state = 'sent', sent_at = now(), delivered_at = now(), opened_at = now(), clicked_at = now()");
        await org.Change(id, 2, "state = 'sent', sent_at = now(), delivered_at = now(), opened_at = now()");
        await org.Change(id, 1, "state = 'sent', sent_at = now(), delivered_at = now(), bounced_at = now(), error = 'full'");
        await org.Change(id, 1, "state = 'failed', failed_at = now(), error = 'unconfirmed'");
        await org.Change(id, 1, "state = 'suppressed', skip_reason = 'stopped'");
        await app.Sql("""
            with call as (
                insert into provider_calls (organization_id, id, campaign_id, channel, state, recipients, claimed_at)
                values ($1, uuidv7(), $2, 'email', 'uncertain', 1, now()) returning id)
            update deliveries set call_id = (select id from call)
            where id = (select id from deliveries where campaign_id = $2 and status = 'pending' order by id limit 1)
            """, org.Id, id);

        async Task<int> Count(string status)
        {
            var data = (await org.Owner.Get($"/campaigns/{id}/recipients?status={status}")).Expect(200).Data;
            Assert.All(data.GetProperty("recipients").EnumerateArray(), recipient => Assert.Equal(status, recipient.Text("status")));
            Assert.Equal(data.GetProperty("recipients").GetArrayLength(), data.GetProperty("meta").GetProperty("pagination").Number("total"));
            return data.GetProperty("recipients").GetArrayLength();
        }

        string[] statuses = ["pending", "sent", "delivered", "opened", "clicked", "bounced", "failed", "suppressed", "unsubscribed"];
        var counts = await Task.WhenAll(statuses.Select(Count));
        Assert.Equal([4, 0, 0, 2, 1, 1, 1, 1, 0], counts);
        var pending = (await org.Owner.Get($"/campaigns/{id}/recipients?status=pending")).Expect(200).Data.GetProperty("recipients");
        Assert.Equal([true, false, false, false], pending.EnumerateArray().Select(recipient => recipient.GetProperty("uncertain").GetBoolean()));
        Assert.Equal("[3,1,6]", (await org.Owner.Campaign(id)).GetProperty("progress").Values("pending", "sending", "done"));
        (await org.Owner.Get($"/campaigns/{id}/recipients?status=nonsense")).Expect(400, "VALIDATION_ERROR");

        // By name and by address; page by page.
        var found = (await org.Owner.Get($"/campaigns/{id}/recipients?search=contact+7")).Expect(200).Data.GetProperty("recipients");
        Assert.Equal("Contact 7", found[0].GetProperty("contact").Text("name"));
        Assert.Equal(1, found.GetArrayLength());
        var seen = new List<Guid>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await org.Owner.Get($"/campaigns/{id}/recipients?pageSize=4{cursor}")).Expect(200).Data;
            seen.AddRange(page.GetProperty("recipients").EnumerateArray().Select(recipient => recipient.Id("contactId")));
            cursor = page.GetProperty("meta").GetProperty("pagination").TryGetProperty("nextCursor", out var next) ? $"&cursor={next.GetString()}" : null;
        }

        Assert.Equal(contacts.Order(), seen.Order());
    }

    [Fact]
    public async Task A_recipient_is_taken_off_before_being_written_to()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(4);
        var id = await org.Owner.AddCampaign(contacts[..3]);

        Assert.Equal(2, (await org.Owner.Delete($"/campaigns/{id}/recipients/{contacts[0]}")).Expect(200).Data.Number("total"));
        (await org.Owner.Delete($"/campaigns/{id}/recipients/{contacts[0]}")).Expect(404, "RECIPIENT_NOT_FOUND");
        (await org.Owner.Post("/contacts/merge", new { primaryId = contacts[3], duplicateIds = new[] { contacts[1] } })).Expect(200);
        Assert.Equal(contacts[3], (await org.Owner.Delete($"/campaigns/{id}/recipients/{contacts[1]}")).Expect(200).Data.Id("contactId"));
        await org.Hold(id);
        (await org.Owner.Post($"/campaigns/{id}/send", new { })).Expect(200);
        (await org.Owner.Delete($"/campaigns/{id}/recipients/{contacts[2]}")).Expect(409, "INVALID_STATUS");
        (await org.Owner.Post($"/campaigns/{id}/recipients", new { contactIds = contacts })).Expect(409, "INVALID_STATUS");
        (await org.Owner.Post($"/campaigns/{id}/pause")).Expect(200);
        await org.Change(id, 1, "state = 'sent', sent_at = now()");
        (await org.Owner.Delete($"/campaigns/{id}/recipients/{contacts[2]}")).Expect(409, "INVALID_STATUS");
        Assert.Equal("[1,0]", (await org.Owner.Post($"/campaigns/{id}/recipients", new { contactIds = new[] { contacts[0] } })).Expect(200).Data
            .Values("added", "skipped"));
    }

    [Fact]
    public async Task Staff_see_only_the_name_of_a_recipient_who_became_a_colleagues()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(2, org.Staff);
        var id = await org.Staff.AddCampaign(contacts);
        (await org.Owner.Patch($"/contacts/{contacts[0]}", new { ownerId = org.OtherStaff.Id })).Expect(200);

        var seen = (await org.Staff.Get($"/campaigns/{id}/recipients")).Expect(200).Data.GetProperty("recipients").EnumerateArray()
            .ToDictionary(recipient => recipient.Id("contactId"), recipient => recipient.GetProperty("contact"));
        Assert.True(seen[contacts[0]].IsNull("email") && seen[contacts[0]].IsNull("phone"));
        Assert.Equal("Contact 1", seen[contacts[0]].Text("name"));
        Assert.False(seen[contacts[1]].IsNull("email"));
        var all = (await org.Staff.Get($"/campaigns/{id}/recipients?search=contact")).Expect(200).Data.GetProperty("recipients");
        Assert.Equal(1, all.GetArrayLength());
    }
}

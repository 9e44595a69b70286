using System.Text.Json;
using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Campaigns;

public sealed class UpdateCampaignTests(TestServices services)
{
    [Fact]
    public async Task A_draft_changes_what_is_given_and_its_version_counts_up()
    {
        var org = await services.App.NewOrganization();
        var id = await org.Owner.AddCampaign(settings: new { ratePerMinute = 100, theme = "dark" });

        var reply = (await org.Owner.Patch($"/campaigns/{id}", new
        {
            name = " Summer ",
            content = "Bye",
            settings = new { ratePerMinute = (int?)null, trackOpens = false },
            segment = new { tags = new[] { "vip" } },
        }, ("If-Match", "\"1\""))).Expect(200);

        Assert.Equal("\"2\"", reply.Headers["ETag"]);
        Assert.Equal("""["Summer","Bye","Hello {{ first_name }}",{"theme":"dark","trackOpens":false}]""",
            reply.Data.Values("name", "content", "subject", "settings"));
        Assert.Equal("vip", reply.Data.GetProperty("segment").GetProperty("tags")[0].GetString());
        (await org.Owner.Patch($"/campaigns/{id}", new { name = "x" }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");
        Assert.Equal(2, (await org.Owner.Patch($"/campaigns/{id}", new { name = "Summer" })).Expect(200).Data.Number("version"));
        (await org.Owner.Patch($"/campaigns/{id}", new { })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Patch($"/campaigns/{id}", new { subject = (string?)null })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Patch($"/campaigns/{id}", new { status = "sending" })).Expect(400, "VALIDATION_ERROR");
        Assert.True((await org.Owner.Patch($"/campaigns/{id}", new { segment = (object?)null })).Expect(200).Data.IsNull("segment"));
    }

    [Fact]
    public async Task The_schedule_follows_scheduledAt_and_status()
    {
        var org = await services.App.NewOrganization("America/New_York");
        var id = await org.Owner.AddCampaign();

        async Task<string> After(object patch) => (await org.Owner.Patch($"/campaigns/{id}", patch)).Expect(200).Data.Values("status", "scheduledAt");
        Assert.Equal("""["scheduled","2099-07-01T14:00:00.000Z"]""", await After(new { scheduledAt = "2099-07-01T10:00" }));
        Assert.Equal("""["scheduled","2099-07-01T14:00:00.000Z"]""", await After(new { name = "x" }));
        Assert.Equal("""["draft",null]""", await After(new { scheduledAt = (string?)null }));
        Assert.Equal("""["scheduled","2099-07-01T14:00:00.000Z"]""", await After(new { scheduledAt = "2099-07-01T10:00" }));
        Assert.Equal("""["draft",null]""", await After(new { status = "draft" }));
        await After(new { scheduledAt = "2099-07-01T10:00" });
        (await org.Owner.Post($"/campaigns/{id}/pause")).Expect(200);
        Assert.Equal("""["paused","2099-07-01T14:00:00.000Z"]""", await After(new { name = "y" }));
        Assert.Equal("""["scheduled","2099-08-01T14:00:00.000Z"]""", await After(new { scheduledAt = "2099-08-01T10:00" }));
        Assert.Equal("""["cancelled",null]""", await After(new { status = "cancelled" }));
        (await org.Owner.Patch($"/campaigns/{id}", new { scheduledAt = "2099-07-01T10:00" })).Expect(409, "INVALID_STATUS");
        (await org.Owner.Patch($"/campaigns/{id}", new { scheduledAt = "2099-07-01T10:00", status = "draft" })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal("""["draft",null]""", await After(new { status = "draft" }));
        (await org.Owner.Patch($"/campaigns/{id}", new { scheduledAt = "2020-07-01T10:00" })).Expect(400, "SCHEDULE_IN_PAST");
    }

    [Fact]
    public async Task What_was_sent_or_is_being_sent_cannot_change_and_what_was_paused_on_its_way_only_a_little()
    {
        var org = await services.App.NewOrganization();
        var id = await org.Owner.AddCampaign(await org.AddContacts(2), new { ratePerMinute = 10 });
        await org.Hold(id);
        (await org.Owner.Post($"/campaigns/{id}/send", new { })).Expect(200);
        (await org.Owner.Patch($"/campaigns/{id}", new { name = "x" })).Expect(409, "CAMPAIGN_NOT_EDITABLE");
        (await org.Owner.Post($"/campaigns/{id}/pause")).Expect(200);

        Assert.Equal(["subject"], (await org.Owner.Patch($"/campaigns/{id}", new { subject = "x", name = "x" })).Expect(409, "CAMPAIGN_LOCKED").Fields);
        (await org.Owner.Patch($"/campaigns/{id}", new { scheduledAt = "2099-07-01T10:00" })).Expect(409, "CAMPAIGN_LOCKED");
        (await org.Owner.Patch($"/campaigns/{id}", new { status = "draft" })).Expect(409, "CAMPAIGN_LOCKED");
        (await org.Owner.Patch($"/campaigns/{id}", new { settings = new { trackOpens = false } })).Expect(409, "CAMPAIGN_LOCKED");
        var little = new { name = "New", tags = new[] { "a" }, subject = "Hello {{ first_name }}", settings = new { ratePerMinute = 99 } };
        var changed = (await org.Owner.Patch($"/campaigns/{id}", little)).Expect(200).Data;
        Assert.Equal("""["New",["a"],{"ratePerMinute":99},"paused"]""", changed.Values("name", "tags", "settings", "status"));
        (await org.Owner.Patch($"/campaigns/{id}", new { status = "cancelled" })).Expect(200);
        await services.App.Sql("update campaigns set status = 'sent' where id = $1", id);
        (await org.Owner.Patch($"/campaigns/{id}", new { tags = Array.Empty<string>() })).Expect(409, "CAMPAIGN_NOT_EDITABLE");
    }

    [Fact]
    public async Task The_type_is_fixed_once_there_are_recipients()
    {
        var org = await services.App.NewOrganization();
        var id = await org.Owner.AddCampaign(await org.AddContacts(1));
        Assert.Equal(["type"], (await org.Owner.Patch($"/campaigns/{id}", new { type = "sms" })).Expect(400, "VALIDATION_ERROR").Fields);
        var empty = await org.Owner.AddCampaign();
        Assert.Equal("sms", (await org.Owner.Patch($"/campaigns/{empty}", new { type = "sms" })).Expect(200).Data.Text("type"));
    }

    [Fact]
    public async Task Only_drafts_and_cancelled_ones_are_deleted_and_then_they_are_gone()
    {
        var org = await services.App.NewOrganization();
        var id = await org.Owner.AddCampaign(at: "2099-07-01T10:00:00Z");
        (await org.Owner.Delete($"/campaigns/{id}")).Expect(409, "CAMPAIGN_NOT_DELETABLE");
        (await org.Owner.Post($"/campaigns/{id}/cancel")).Expect(200);
        (await org.Owner.Post($"/campaigns/{id}/cancel")).Expect(409, "INVALID_STATUS");
        Assert.Equal(id, (await org.Owner.Delete($"/campaigns/{id}")).Expect(200).Data.Id("id"));
        (await org.Owner.Delete($"/campaigns/{id}")).Expect(404, "CAMPAIGN_NOT_FOUND");
        foreach (var path in new[] { "", "/stats", "/recipients" })
            (await org.Owner.Get($"/campaigns/{id}{path}")).Expect(404, "CAMPAIGN_NOT_FOUND");
        Assert.Equal(0, (await org.Owner.Get("/campaigns")).Expect(200).Data.GetProperty("campaigns").GetArrayLength());
    }

    [Fact]
    public async Task A_copy_is_a_draft_of_ones_own_without_recipients()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(1, org.Staff);
        var id = await org.Staff.AddCampaign(contacts, new { fromName = "Acme" }, new { tags = new[] { "vip" } }, "2099-07-01T10:00:00Z");

        var copy = (await org.Manager.Post($"/campaigns/{id}/duplicate", new { })).Expect(201).Data;

        Assert.Equal("""["Spring (copy)","draft",null,"Hello {{ first_name }}",{"fromName":"Acme"}]""",
            copy.Values("name", "status", "scheduledAt", "content", "settings"));
        Assert.Equal("Manager", copy.GetProperty("creator").Text("firstName"));
        Assert.Equal(JsonValueKind.Object, copy.GetProperty("segment").ValueKind);
        Assert.Equal(0, copy.GetProperty("stats").Number("totalRecipients"));
        Assert.NotEqual(
            await services.App.Scalar<byte[]>("select token_key from campaigns where id = $1", id),
            await services.App.Scalar<byte[]>("select token_key from campaigns where id = $1", copy.Id("id")));
        Assert.Equal("Named", (await org.Staff.Post($"/campaigns/{id}/duplicate", new { name = "Named" })).Expect(201).Data.Text("name"));
    }
}

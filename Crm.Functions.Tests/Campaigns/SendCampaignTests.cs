using Crm.Functions.Tests.Deals;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Templates;

namespace Crm.Functions.Tests.Campaigns;

public sealed class SendCampaignTests(TestServices services)
{
    [Fact]
    public async Task A_campaign_is_sent_to_its_recipients_and_its_segment_and_its_texts_are_frozen()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(5);
        await app.Sql("update contacts set tags = '{vip}' where id = any($1)", contacts[2..]);
        var template = (await org.Owner.AddTemplate(new { name = "x", type = "email", content = "Dear {{last_name}}", htmlContent = "<p>Dear</p>" })).Id("id");
        var id = (await org.Owner.Post("/campaigns", new
        {
            name = "Spring",
            type = "email",
            subject = "Hello {{first_name}}",
            templateId = template,
            contactIds = contacts[..3],
            segment = new { tags = new[] { "vip" } },
            settings = Quiet(),
            scheduledAt = "2099-01-01T10:00:00Z",
        })).Expect(201).Data.Id("id");
        // Between being added and being sent.
        await app.Sql("update contacts set unsubscribed_email = true where id = $1", contacts[0]);

        var reply = (await org.Manager.Post($"/campaigns/{id}/send", new { })).Expect(200).Data;

        Assert.Equal("[false,4,1,1]", reply.Values("dryRun", "queued", "suppressed", "estimatedMinutes"));
        Assert.Equal(1, reply.GetProperty("suppressedDetails").Number("unsubscribed"));
        Assert.Equal("""["sending",null]""", reply.GetProperty("campaign").Values("status", "scheduledAt"));
        Assert.Equal(5, reply.GetProperty("campaign").GetProperty("stats").Number("totalRecipients"));
        Assert.Equal(1, (await org.Owner.Get($"/templates/{template}")).Expect(200).Data.Number("usage"));
        (await org.Owner.Patch($"/templates/{template}", new { content = "Changed" })).Expect(200);
        var frozen = await app.Scalar<string>("select snapshot ->> 'content' from campaigns where id = $1", id);
        Assert.StartsWith("Dear {{last_name}}", frozen, StringComparison.Ordinal);

        // Paused and resumed: the same texts, no further use, another run.
        var run = await app.Scalar<int>("select run from campaigns where id = $1", id);
        Assert.Equal("paused", (await org.Owner.Post($"/campaigns/{id}/pause")).Expect(200).Data.Text("status"));
        (await org.Owner.Post($"/campaigns/{id}/pause")).Expect(409, "INVALID_STATUS");
        (await org.Owner.Post($"/campaigns/{id}/resume")).Expect(200);
        Assert.Equal(run + 2, await app.Scalar<int>("select run from campaigns where id = $1", id));
        Assert.Equal(frozen, await app.Scalar<string>("select snapshot ->> 'content' from campaigns where id = $1", id));
        Assert.Equal(1, (await org.Owner.Get($"/templates/{template}")).Expect(200).Data.Number("usage"));
        (await org.Owner.Post($"/campaigns/{id}/resume")).Expect(409, "INVALID_STATUS");
        (await org.Owner.Post($"/campaigns/{id}/cancel")).Expect(200);
        (await org.Owner.Post($"/campaigns/{id}/send", new { })).Expect(409, "INVALID_STATUS");
    }

    [Fact]
    public async Task A_dry_run_says_who_would_not_get_it_and_why_and_changes_nothing()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(4);
        var id = await org.Owner.AddCampaign(contacts[..3], segment: new { });
        await app.Sql("update contacts set email = null where id = $1", contacts[0]);
        (await org.Owner.Delete($"/contacts/{contacts[3]}")).Expect(200);
        await app.Sql("""
            insert into suppressions (organization_id, id, channel, address, reason, created_at)
            select organization_id, uuidv7(), 'email', email, 'complained', now() from contacts where id = $1
            """, contacts[1]);

        var told = (await org.Owner.Post($"/campaigns/{id}/send", new { dryRun = true })).Expect(200).Data;

        Assert.Equal("[true,1,2]", told.Values("dryRun", "queued", "suppressed"));
        Assert.Equal("[1,1,0]", told.GetProperty("suppressedDetails").Values("noAddress", "complained", "unsubscribed"));
        Assert.Equal(
            [(contacts[0], "no_address"), (contacts[1], "complained")],
            told.GetProperty("examples").EnumerateArray().Select(example => (example.Id("contactId"), example.Text("reason"))));
        var campaign = await org.Owner.Campaign(id);
        Assert.Equal("""["draft",1,null]""", campaign.Values("status", "version", "startedAt"));
        Assert.Equal(3, campaign.GetProperty("stats").Number("totalRecipients"));
    }

    [Fact]
    public async Task What_is_missing_is_told_before_anything_is_sent()
    {
        var org = await services.App.NewOrganization();
        var contacts = await org.AddContacts(1);
        var id = (await org.Owner.Post("/campaigns", new { name = "x", type = "email", subject = "{{ first_name }}" })).Expect(201).Data.Id("id");
        (await Send()).Expect(400, "NO_CONTENT");
        (await org.Owner.Patch($"/campaigns/{id}", new { content = "Hello\n{{ frist_name }}, {{ invoice_nr }}", subject = "{{ nope }}" })).Expect(200);
        var unknown = (await Send()).Expect(400, "UNKNOWN_VARIABLES");
        Assert.Equal(["subject", "content", "content"], unknown.Fields);
        Assert.Equal("""["content","frist_name",2,4]""",
            unknown.Json.GetProperty("error").GetProperty("variables")[1].Values("field", "variable", "line", "column"));
        (await org.Owner.Patch($"/campaigns/{id}", new { content = "Hello", subject = "Hello" })).Expect(200);
        (await Send()).Expect(400, "NO_RECIPIENTS");
        (await org.Owner.Post($"/campaigns/{id}/recipients", new { contactIds = contacts })).Expect(200);
        await services.App.Sql("update contacts set unsubscribed_email = true where id = $1", contacts[0]);
        var nobody = (await Send()).Expect(400, "NO_RECIPIENTS");
        Assert.Equal(1, nobody.Json.GetProperty("error").GetProperty("suppressedDetails").Number("unsubscribed"));
        Assert.Equal("""["draft",0]""", $"[\"{await org.Owner.Status(id)}\",{await services.App.Scalar<int>("select run from campaigns where id = $1", id)}]");

        Task<TestReply> Send() => org.Owner.Post($"/campaigns/{id}/send", new { });
    }

    [Fact]
    public async Task What_is_not_set_up_is_told_and_changes_nothing()
    {
        await using var app = await services.StartApp(settings => settings["SendGrid:ApiKey"] = "");
        var org = await app.NewOrganization();
        var id = await org.Owner.AddCampaign(await org.AddContacts(1));
        (await org.Owner.Post($"/campaigns/{id}/send", new { })).Expect(503, "PROVIDER_NOT_CONFIGURED");
        (await org.Owner.Post($"/campaigns/{id}/send", new { dryRun = true })).Expect(503, "PROVIDER_NOT_CONFIGURED");
        (await org.Owner.Post($"/campaigns/{id}/test", new { })).Expect(503, "PROVIDER_NOT_CONFIGURED");
        Assert.Equal("draft", await org.Owner.Status(id));
    }

    [Fact]
    public async Task Staff_send_to_their_own_contacts_unless_the_organisation_says_that_they_do_not()
    {
        var org = await services.App.NewOrganization();
        var own = await org.AddContacts(2, org.Staff);
        await org.AddContacts(2, org.OtherStaff);
        var id = await org.Staff.AddCampaign(segment: new { }, settings: Quiet());
        (await org.Owner.Patch("/settings/organization", new { settings = new { staffMaySendCampaigns = false } })).Expect(200);
        (await org.Staff.Post($"/campaigns/{id}/send", new { })).Expect(403, "FORBIDDEN");
        (await org.Owner.Patch("/settings/organization", new { settings = new { staffMaySendCampaigns = true } })).Expect(200);
        Assert.Equal(own.Length, (await org.Staff.Post($"/campaigns/{id}/send", new { })).Expect(200).Data.Number("queued"));
        (await org.OtherStaff.Post($"/campaigns/{id}/pause")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Sent_twice_at_once_it_runs_once_and_a_pause_beside_it_is_one_or_the_other()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var contacts = await org.AddContacts(3);
        for (var round = 0; round < 5; round++)
        {
            var id = await org.Owner.AddCampaign(contacts, Quiet());
            var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => org.Owner.Post($"/campaigns/{id}/send", new { })));
            Assert.Equal([200, 409, 409, 409], replies.Select(reply => reply.Status).Order());
            Assert.Equal(1, await app.Scalar<int>("select run from campaigns where id = $1", id));

            var both = await Task.WhenAll(org.Owner.Post($"/campaigns/{id}/pause"), org.Owner.Post($"/campaigns/{id}/send", new { }));
            Assert.Equal(200, both[0].Status);
            Assert.Equal(both[1].Status == 200 ? ("sending", 3) : ("paused", 2),
                (await org.Owner.Status(id), await app.Scalar<int>("select run from campaigns where id = $1", id)));
        }
    }

    [Fact]
    public async Task Messages_are_few_and_a_rate_makes_them_fewer()
    {
        const string CountSql = """
            create table queued (queue text, organization_id uuid);
            create function count_queued() returns trigger language plpgsql security definer as $$
            begin insert into queued values (new.queue, new.organization_id); return null; end $$;
            create trigger counted after insert on outbox for each row execute function count_queued();
            """;
        await using var app = await services.StartApp();
        await app.Sql(CountSql);
        var org = await app.NewOrganization();
        await org.AddContacts(2500);
        var id = Guid.Empty;
        Assert.Equal((3, 1), await Sent(Quiet()));
        Assert.Equal((1, 25), await Sent(Quiet(ratePerMinute: 100)));

        // Sent again to one, and to all who wait still: nobody else sends to those any more.
        Assert.Equal((3, 1), await Sent(Quiet()));
        await org.Change(id, 1, "state = 'failed', failed_at = now(), error = 'unconfirmed'");
        var first = await app.Scalar<long>("select count(*) from queued where queue = 'campaign-batches'");
        Assert.Equal(1, (await org.Owner.Post($"/campaigns/{id}/retry-failed")).Expect(200).Data.Number("retried"));
        Assert.Equal(first + 3, await app.Scalar<long>("select count(*) from queued where queue = 'campaign-batches'"));
        Assert.Equal(0, await app.Scalar<long>("select count(*) from deliveries where campaign_id = $1 and not_before is null", id));

        async Task<(int Messages, int Minutes)> Sent(object settings)
        {
            var before = await app.Scalar<long>("select count(*) from queued where queue = 'campaign-batches'");
            id = await org.Owner.AddCampaign(segment: new { }, settings: settings);
            TestReply? reply = null;
            var statements = await Statements.Of(async () => reply = await org.Owner.Post($"/campaigns/{id}/send", new { }));
            var data = reply!.Expect(200).Data;
            Assert.True(statements.Count <= 16, $"{statements.Count} statements:\n{string.Join("\n\n", statements)}");
            Assert.Equal(2500, data.Number("queued"));
            var after = await app.Scalar<long>("select count(*) from queued where queue = 'campaign-batches'");
            return ((int)(after - before), (int)data.Number("estimatedMinutes"));
        }
    }

    [Fact]
    public async Task Those_of_whom_it_failed_are_sent_to_again()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var id = await org.Owner.AddCampaign(await org.AddContacts(4));
        (await org.Owner.Post($"/campaigns/{id}/retry-failed")).Expect(409, "INVALID_STATUS");
        await org.Change(id, 2, "state = 'sent', sent_at = now()");
        await org.Change(id, 1, "state = 'failed', failed_at = now(), error = 'unconfirmed'");
        await org.Change(id, 1, "state = 'suppressed', skip_reason = 'stopped'");
        await org.Hold(id);
        await app.Sql(
            "update campaigns set status = 'sent', started_at = now(), finished_at = now(), snapshot = jsonb_build_object('content', 'x') where id = $1", id);

        var again = (await org.Owner.Post($"/campaigns/{id}/retry-failed")).Expect(200).Data;

        Assert.Equal(1, again.Number("retried"));
        Assert.Equal("""["sending",null]""", again.GetProperty("campaign").Values("status", "finishedAt"));
        Assert.Equal("[1,2,0,1]", again.GetProperty("campaign").GetProperty("stats").Values("pending", "sent", "failed", "suppressed"));
        var other = await org.Owner.AddCampaign();
        await app.Sql("update campaigns set status = 'sent' where id = $1", other);
        Assert.Equal(0, (await org.Owner.Post($"/campaigns/{other}/retry-failed")).Expect(200).Data.Number("retried"));
        Assert.Equal("sent", await org.Owner.Status(other));
    }

    /// <summary>Settings with which nobody is written to for hours: what is sent stays on its way.</summary>
    private object Quiet(int? ratePerMinute = null)
    {
        var now = services.App.Clock.GetUtcNow();
        return new { quietHours = new { from = now.AddHours(-2).ToString("HH:mm"), to = now.AddHours(3).ToString("HH:mm") }, ratePerMinute };
    }
}

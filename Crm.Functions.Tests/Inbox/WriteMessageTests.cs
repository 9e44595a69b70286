using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class WriteMessageTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_mail_becomes_part_of_the_contacts_conversation_and_of_the_ledger()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Staff, "Ann Smith");

        var written = (await org.Staff.Post("/messages", new
        {
            contactId = contact,
            type = "email",
            subject = "Hello {{first_name}}",
            content = "Dear {{ first_name }}, {{ sender_name }} writes.",
            htmlContent = "<p>Dear <b>{{ first_name }}</b></p><script>alert(1)</script>",
        })).Expect(201).Data;

        var (message, conversation) = (written.GetProperty("message"), written.GetProperty("conversation"));
        Assert.Equal("Hello Ann", message.Text("subject"));
        Assert.Equal("Dear Ann, Staff Tester writes.", message.Text("content"));
        Assert.Equal("<p>Dear <b>Ann</b></p>", message.Text("htmlContent"));
        Assert.Equal(("outbound", "pending", "email"), (message.Text("direction"), message.Text("status"), message.Text("type")));
        Assert.Equal(conversation.Id(), message.GetProperty("conversationId").GetGuid());
        Assert.Equal("Hello Ann", conversation.Text("subject"));
        Assert.Equal("Dear Ann, Staff Tester writes.", conversation.GetProperty("lastMessage").Text("preview"));
        Assert.Equal("Ann Smith", conversation.GetProperty("contact").Text("name"));
        Assert.True(await _app.Scalar<bool>(
            """
            select d.channel = 'email' and d.contact_id = $3 and d.campaign_id is null and d.not_before is null
               and m.rfc_message_id = replace(m.id::text, '-', '') || '@crm.test' and m.from_address = 'no-reply@crm.test'
            from deliveries d join messages m on m.organization_id = d.organization_id and m.id = d.id
            where d.organization_id = $1 and d.id = $2
            """,
            org.Id, message.Id(), contact));
        var entry = (await org.Staff.Get($"/contacts/{contact}/timeline?type=email")).Expect(200).Data.GetProperty("timeline")[0];
        Assert.Equal(("email_sent", "Hello Ann"), (entry.Text("action"), entry.Text("description")));
        Assert.Equal(1, (await org.Staff.Get($"/contacts/{contact}")).Data.GetProperty("counts").GetProperty("conversations").GetInt32());
    }

    [Fact]
    public async Task What_was_written_goes_to_the_queue_and_what_is_for_later_does_not()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);

        var now = await Statements.Of(() => org.Owner.WriteMail(contact));
        var later = await Statements.Of(() => org.Owner.WriteMail(contact, isWaiting: true));

        Assert.Single(now, statement => statement.Contains("insert into outbox", StringComparison.Ordinal));
        Assert.DoesNotContain(later, statement => statement.Contains("insert into outbox", StringComparison.Ordinal));
        Assert.True(await _app.Scalar<bool>(
            "select count(*) = 1 from deliveries where organization_id = $1 and not_before = '2100-01-01T00:00:00Z' and state = 'pending'", org.Id));
        (await org.Owner.Post("/messages", new { contactId = contact, type = "email", subject = "x", content = "x", sendAt = "2020-01-01T00:00:00Z" }))
            .Expect(400, "SCHEDULE_IN_PAST");
    }

    [Fact]
    public async Task A_text_message_says_of_how_many_segments_it_is_and_has_ten_at_most()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        Task<TestReply> Write(string content) => org.Owner.Post("/messages", new { contactId = contact, channel = "SMS", subject = "no", content });

        var message = (await Write("Grüße {{first_name}}")).Expect(201).Data.GetProperty("message");

        Assert.Equal(1, message.GetProperty("segments").GetInt32());
        Assert.Equal("Grüße Ann", message.Text("content"));
        Assert.Equal(JsonValueKind.Null, message.GetProperty("subject").ValueKind);
        Assert.Equal(2, (await Write(new string('ж', 71))).Expect(201).Data.GetProperty("message").GetProperty("segments").GetInt32());
        Assert.Equal(10, (await Write(new string('x', 1530))).Expect(201).Data.GetProperty("message").GetProperty("segments").GetInt32());
        Assert.Equal(["content"], (await Write(new string('x', 1531))).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["content"], (await Write(new string('ж', 671))).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from conversations where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task A_template_gives_its_texts_and_what_the_request_says_goes_before_them()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner, "Ann Smith");
        async Task<Guid> Template(object body) => (await org.Owner.Post("/templates", body)).Expect(201).Data.Id();
        var template = await Template(
            new { name = "t", type = "email", subject = "Hi {{first_name}}", content = "From {{company_name}}", htmlContent = "<p>x</p>" });
        var unknown = await Template(new { name = "t", type = "email", subject = "Hi", content = "Your {{plan}}" });
        var sms = await Template(new { name = "t", type = "sms", content = "Hi" });
        Task<TestReply> Write(object body) => org.Owner.Post("/messages", body);

        var whole = (await Write(new { contactId = contact, type = "email", templateId = template })).Expect(201).Data.GetProperty("message");
        var own = (await Write(new { contactId = contact, type = "email", templateId = template, content = "Mine" })).Expect(201).Data.GetProperty("message");

        Assert.Equal(("Hi Ann", $"From org-{org.Id:N}", "<p>x</p>"), (whole.Text("subject"), whole.Text("content"), whole.Text("htmlContent")));
        Assert.Equal(("Hi Ann", "Mine", null), (own.Text("subject"), own.Text("content"), own.Text("htmlContent")));
        Assert.Equal(2, (await org.Owner.Get($"/templates/{template}")).Data.GetProperty("usage").GetInt32());
        (await Write(new { contactId = contact, type = "email", templateId = unknown })).Expect(400, "UNKNOWN_VARIABLES");
        (await Write(new { contactId = contact, type = "email", subject = "x", content = "{{ nobody }}" })).Expect(400, "UNKNOWN_VARIABLES");
        (await Write(new { contactId = contact, type = "email", subject = "x", content = "{{ first_name" })).Expect(400, "INVALID_TEMPLATE_SYNTAX");
        (await Write(new { contactId = contact, type = "email", templateId = sms })).Expect(400, "TEMPLATE_TYPE_MISMATCH");
        (await Write(new { contactId = contact, type = "email", templateId = Guid.NewGuid() })).Expect(404, "TEMPLATE_NOT_FOUND");
        Assert.Equal(["subject"], (await Write(new { contactId = contact, type = "email", content = "x" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["type"], (await Write(new { contactId = contact, content = "x" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["content"], (await Write(new { contactId = contact, type = "sms" })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Who_cannot_or_must_not_be_written_to_is_not()
    {
        var org = await _app.NewOrganization();
        var bare = await org.AddContact(org.Owner);
        var contact = await org.AddCorrespondent(org.Owner);
        Task<TestReply> Write(Guid to, string type) => org.Owner.Post("/messages", new { contactId = to, type, subject = "x", content = "x" });

        (await Write(bare, "email")).Expect(400, "CONTACT_NO_EMAIL");
        (await Write(bare, "sms")).Expect(400, "CONTACT_NO_PHONE");
        (await Write(Guid.NewGuid(), "email")).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Patch($"/contacts/{contact}", new { unsubscribedEmail = true, unsubscribedSms = true })).Expect(200);
        (await Write(contact, "email")).Expect(201);
        (await Write(contact, "sms")).Expect(409, "CONTACT_UNSUBSCRIBED");
        foreach (var (reason, status) in new[] { ("manual", 201), ("unsubscribed", 201), ("bounced", 409), ("complained", 409) })
        {
            await _app.Sql("delete from suppressions where organization_id = $1", org.Id);
            await _app.Sql(
                """
                insert into suppressions (organization_id, id, channel, address, reason, created_at)
                select organization_id, gen_random_uuid(), 'email', lower(email), $3, created_at from contacts where organization_id = $1 and id = $2
                """,
                org.Id, contact, reason);
            (await Write(contact, "email")).Expect(status, status == 409 ? "ADDRESS_SUPPRESSED" : null);
        }

        (await org.Owner.Delete($"/contacts/{contact}")).Expect(200);
        (await Write(contact, "email")).Expect(400, "CONTACT_INACTIVE");
        Assert.All(await org.Owner.Conversations(), conversation => Assert.Equal("closed", conversation.Text("status")));
    }

    [Fact]
    public async Task First_messages_at_once_make_one_conversation()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);

        var written = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => org.Owner.WriteMail(contact)));

        Assert.Single(written.Select(one => one.GetProperty("conversation").Id()).Distinct());
        Assert.Equal(8, (await org.Owner.Messages(written[0].GetProperty("conversation").Id())).Length);
    }

    [Fact]
    public async Task A_message_that_waits_can_be_cancelled_and_one_that_is_due_cannot()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        var first = (await org.Owner.WriteMail(contact, content: "First")).GetProperty("message").Id();
        var waiting = (await org.Owner.WriteMail(contact, isWaiting: true, "Second")).GetProperty("message").Id();

        (await org.Owner.Delete($"/messages/{waiting}")).Expect(200);

        (await org.Owner.Get($"/messages/{waiting}")).Expect(404, "MESSAGE_NOT_FOUND");
        (await org.Owner.Delete($"/messages/{waiting}")).Expect(404, "MESSAGE_NOT_FOUND");
        (await org.Owner.Delete($"/messages/{first}")).Expect(409, "MESSAGE_SENT");
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from deliveries where organization_id = $1 and id = $2", org.Id, waiting));
        Assert.Equal("First", Assert.Single(await org.Owner.Conversations()).GetProperty("lastMessage").Text("preview"));
    }

    [Fact]
    public async Task Without_a_provider_nothing_is_written()
    {
        await using var app = await services.StartApp(settings =>
        {
            settings["SendGrid:ApiKey"] = "";
            settings["Twilio:AccountSid"] = "";
        });
        var org = await app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);

        foreach (var type in new[] { "email", "sms" })
            (await org.Owner.Post("/messages", new { contactId = contact, type, subject = "x", content = "x" })).Expect(503, "PROVIDER_NOT_CONFIGURED");
        Assert.Empty(await org.Owner.Conversations());
    }

    [Fact]
    public async Task Staff_write_to_their_own_contacts_and_to_those_whose_conversation_is_theirs()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.OtherStaff);
        var body = new { contactId = contact, type = "email", subject = "x", content = "x" };
        (await org.Staff.Post("/messages", body)).Expect(403, "FORBIDDEN");
        var conversation = (await org.OtherStaff.Post("/messages", body)).Expect(201).Data.GetProperty("conversation").Id();

        (await org.Owner.Post($"/inbox/conversations/{conversation}/assign", new { assigneeId = org.Staff.Id })).Expect(200);

        (await org.Staff.Post("/messages", body)).Expect(201);
        Assert.Single(await org.Staff.Conversations());
        Assert.Equal(2, (await org.Staff.Messages(conversation)).Length);
    }
}

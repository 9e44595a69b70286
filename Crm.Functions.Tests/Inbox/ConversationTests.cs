using System.Text.Json;
using Crm.Functions.Tests.Contacts;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class ConversationTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task An_answer_reads_what_came_opens_the_conversation_and_stands_in_its_thread()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Staff);
        var from = await _app.Scalar<string>("select email from contacts c where organization_id = $1", org.Id);
        await _app.ReceiveMail(
            from, await org.ReplyAddress(conversation), "{{ Fine }}", "Re: AW: {{ Chairs }}",
            headers: "Message-ID: <two@mail.test>\nReferences: <one@mail.test>");
        (await org.Staff.Patch($"/inbox/conversations/{conversation}", new { status = "closed" })).Expect(200);

        var message = (await org.Staff.Post($"/inbox/conversations/{conversation}/messages", new { content = "Good, {{first_name}}." })).Expect(201).Data;

        Assert.Equal(("Re: {{ Chairs }}", "Good, Ann."), (message.Text("subject"), message.Text("content")));
        var after = (await org.Staff.Get($"/inbox/conversations/{conversation}")).Expect(200).Data.GetProperty("conversation");
        Assert.Equal(("open", 0), (after.Text("status"), after.GetProperty("unreadCount").GetInt32()));
        Assert.Equal(
            "two@mail.test", await _app.Scalar<string>("select in_reply_to from messages where organization_id = $1 and id = $2", org.Id, message.Id()));
        Assert.Equal(
            ["one@mail.test", "two@mail.test"],
            await _app.Scalar<string[]>("select reference_ids from messages where organization_id = $1 and id = $2", org.Id, message.Id()));
        Assert.All(await org.Staff.Messages(conversation), one => Assert.True(one.GetProperty("isRead").GetBoolean()));
        Assert.Equal(0, await org.Miscounted());
    }

    [Fact]
    public async Task A_note_is_for_colleagues_alone()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Staff);
        await org.AddInbound(conversation, "Hello?");

        var note = (await org.Staff.Post(
            $"/inbox/conversations/{conversation}/messages", new { content = "They are {{ impatient", isInternalNote = true })).Expect(201).Data;

        Assert.Equal(("note", "They are {{ impatient"), (note.Text("status"), note.Text("content")));
        Assert.True(note.GetProperty("isInternalNote").GetBoolean());
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from deliveries where organization_id = $1 and id = $2", org.Id, note.Id()));
        var after = Assert.Single(await org.Staff.Conversations());
        Assert.Equal(("Hello?", 1), (after.GetProperty("lastMessage").Text("preview"), after.GetProperty("unreadCount").GetInt32()));
        (await org.Staff.Post($"/inbox/conversations/{conversation}/messages", new { isInternalNote = true })).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Patch($"/messages/{note.Id()}", new { isRead = false })).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task A_conversation_shows_its_messages_from_the_oldest_and_goes_back_by_a_cursor()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Owner);
        for (var number = 1; number <= 4; number++)
            await org.AddInbound(conversation, $"{number}");

        var last = (await org.Owner.Get($"/inbox/conversations/{conversation}?limit=2")).Expect(200);
        var cursor = last.Data.Text("nextCursor");
        var before = (await org.Owner.Get($"/inbox/conversations/{conversation}?limit=3&messagesBefore={cursor}")).Expect(200);

        Assert.Equal(["3", "4"], last.Texts("messages", "content"));
        Assert.True(last.Data.GetProperty("hasMore").GetBoolean());
        Assert.Equal(["Hello", "1", "2"], before.Texts("messages", "content"));
        Assert.False(before.Data.GetProperty("hasMore").GetBoolean());
        Assert.Equal(4, last.Data.GetProperty("conversation").GetProperty("unreadCount").GetInt32());
        (await org.Owner.Get($"/inbox/conversations/{conversation}?messagesBefore=x")).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Get($"/inbox/conversations/{conversation}?limit=0")).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task A_snoozed_conversation_opens_at_its_time()
    {
        var org = await _app.NewOrganization();
        var (early, late) = (await org.AddConversation(org.Owner), await org.AddConversation(org.Owner));
        var now = _app.Clock.GetUtcNow();
        async Task<JsonElement> Snooze(Guid id, object body) => (await org.Owner.Patch($"/inbox/conversations/{id}", body)).Expect(200).Data;

        Assert.Equal("snoozed", (await Snooze(early, new { snoozedUntil = now.AddHours(1) })).Text("status"));
        await Snooze(late, new { status = "snoozed", snoozedUntil = now.AddHours(3) });
        foreach (var wrong in new[] { new { status = "snoozed", snoozedUntil = now.AddHours(-1) }, new { status = "open", snoozedUntil = now.AddHours(1) } })
            Assert.Equal(["snoozedUntil"], (await org.Owner.Patch($"/inbox/conversations/{early}", wrong)).Expect(400, "VALIDATION_ERROR").Fields);
        await _app.Sql("update conversations set snoozed_until = $2 where organization_id = $1 and id = $3", org.Id, now.AddMinutes(-1), early);
        await _app.RunTimer("WakeConversations");

        Assert.Equal([early], (await org.Owner.Conversations("?status=open")).Select(one => one.Id()));
        Assert.Equal([late], (await org.Owner.Conversations("?status=snoozed")).Select(one => one.Id()));
        Assert.Equal("closed", (await Snooze(late, new { status = "closed" })).Text("status"));
        Assert.Equal(
            ["snoozedUntil"],
            (await org.Owner.Patch($"/inbox/conversations/{late}", new { status = "snoozed" })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_change_of_another_version_is_refused()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Owner);
        var tag = (await org.Owner.Get($"/inbox/conversations/{conversation}")).Expect(200).Headers["ETag"];

        (await org.Owner.Patch($"/inbox/conversations/{conversation}", new { status = "pending" }, ("If-Match", tag))).Expect(200);
        (await org.Owner.Patch($"/inbox/conversations/{conversation}", new { status = "open" }, ("If-Match", tag))).Expect(409, "VERSION_CONFLICT");
        (await org.Owner.Patch($"/inbox/conversations/{conversation}", new { })).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Patch($"/inbox/conversations/{conversation}", new { status = "gone" })).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task An_assignee_is_told_once_and_not_of_what_they_took_themselves()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Manager, "Ann Smith");
        var conversation = (await org.Manager.WriteMail(contact)).GetProperty("conversation").Id();
        Task<TestReply> Assign(TestUser by, object body) => by.Post($"/inbox/conversations/{conversation}/assign", body);

        foreach (var body in new object[] { new { assigneeId = org.Staff.Id }, new { userId = org.Staff.Id }, new { assignedTo = org.Staff.Id } })
            Assert.Equal(org.Staff.Id, (await Assign(org.Manager, body)).Expect(200).Data.GetProperty("assignee").Id());
        (await Assign(org.Manager, new { assigneeId = org.Manager.Id })).Expect(200);

        var notices = (await org.Staff.Get("/notifications")).Expect(200).Data;
        Assert.Equal(1, notices.GetProperty("unreadCount").GetInt32());
        var notice = notices.GetProperty("notifications")[0];
        Assert.Equal(("conversation.assigned", "Manager Tester assigned you the conversation with Ann Smith"), (notice.Text("type"), notice.Text("title")));
        Assert.Equal(conversation, notice.GetProperty("entityId").GetGuid());
        Assert.Equal(0, (await org.Manager.Get("/notifications")).Data.GetProperty("unreadCount").GetInt32());
        Assert.Equal(2, (await org.Actions(contact)).Count(action => action == "conversation_assigned"));
        (await Assign(org.Manager, new { assigneeId = Guid.NewGuid() })).Expect(404, "USER_NOT_FOUND");
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);
        (await Assign(org.Manager, new { assigneeId = org.OtherStaff.Id })).Expect(400, "USER_INACTIVE");
        (await Assign(org.Manager, new { })).Expect(400, "VALIDATION_ERROR");
        (await Assign(org.Manager, new { assigneeId = org.Staff.Id, userId = org.Owner.Id })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(JsonValueKind.Null, (await Assign(org.Manager, new { assigneeId = (Guid?)null })).Expect(200).Data.GetProperty("assigneeId").ValueKind);
    }

    [Fact]
    public async Task Staff_take_conversations_and_give_back_their_own()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Staff);
        Task<TestReply> Assign(Guid? to) => org.Staff.Post($"/inbox/conversations/{conversation}/assign", new { assigneeId = to });

        (await Assign(org.OtherStaff.Id)).Expect(403, "FORBIDDEN");
        (await Assign(org.Staff.Id)).Expect(200);
        (await Assign(null)).Expect(200);
        (await org.Owner.Post($"/inbox/conversations/{conversation}/assign", new { assigneeId = org.OtherStaff.Id })).Expect(200);
        (await Assign(null)).Expect(403, "FORBIDDEN");
        (await org.OtherStaff.Post($"/inbox/conversations/{conversation}/assign", new { assigneeId = (Guid?)null })).Expect(200);
        (await org.OtherStaff.Get($"/inbox/conversations/{conversation}")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Labels_are_replaced_added_and_removed()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Owner);
        async Task<string[]> Tag(object body) =>
            [.. (await org.Owner.Patch($"/inbox/conversations/{conversation}/tags", body)).Expect(200).Data.GetProperty("tags").EnumerateArray()
                .Select(tag => tag.GetString()!)];

        Assert.Equal(["a", "B"], await Tag(new { tags = new[] { " a ", "B", "b" } }));
        Assert.Equal(["a", "B", "c"], await Tag(new { add = new[] { "c", "A" } }));
        Assert.Equal(["a", "d"], await Tag(new { add = new[] { "d" }, remove = new[] { "b", "C" } }));
        Assert.Empty(await Tag(new { tags = Array.Empty<string>() }));
        foreach (var wrong in new object[]
        {
            new { }, new { tags = new[] { "a" }, add = new[] { "b" } }, new { tags = new[] { new string('x', 51) } },
            new { tags = Enumerable.Range(0, 21).Select(number => $"{number}") },
        })
            (await org.Owner.Patch($"/inbox/conversations/{conversation}/tags", wrong)).Expect(400, "VALIDATION_ERROR");
    }
}

using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class ConversationMergeTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Two_conversations_of_one_channel_become_one_and_both_their_addresses_lead_there()
    {
        var org = await _app.NewOrganization();
        var (stays, gone, third) = (await org.AddCorrespondent(org.Staff), await org.AddCorrespondent(org.OtherStaff), await org.AddCorrespondent(org.Owner));
        async Task<Guid> Write(Guid contact, string content) => (await org.Owner.WriteMail(contact, content: content)).GetProperty("conversation").Id();
        var (kept, lost, older) = (await Write(stays, "one"), await Write(gone, "two"), await Write(third, "three"));
        var sms = (await org.Owner.Post("/messages", new { contactId = gone, type = "sms", content = "Hi" })).Expect(201).Data.GetProperty("conversation").Id();
        foreach (var conversation in new[] { kept, lost, older })
            await org.AddInbound(conversation, $"in {conversation}");
        (await org.Owner.Patch($"/inbox/conversations/{kept}", new { status = "closed" })).Expect(200);
        (await org.Owner.Post($"/inbox/conversations/{lost}/assign", new { assigneeId = org.Manager.Id })).Expect(200);
        (await org.Owner.Patch($"/inbox/conversations/{kept}/tags", new { tags = new[] { "a" } })).Expect(200);
        (await org.Owner.Patch($"/inbox/conversations/{lost}/tags", new { tags = new[] { "a", "b" } })).Expect(200);
        var (lostAddress, olderAddress) = (await org.ReplyAddress(lost), await org.ReplyAddress(older));

        // By way of another: what leads to that one leads on.
        (await org.Owner.Post("/contacts/merge", new { primaryId = gone, duplicateIds = new[] { third } })).Expect(200);
        var moved = (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200).Data.GetProperty("moved");

        Assert.Equal(2, moved.GetProperty("conversations").GetInt32());
        Assert.Equal([kept, sms], (await org.Staff.Conversations()).Select(one => one.Id()).Order());
        var one = (await org.Staff.Get($"/inbox/conversations/{kept}")).Expect(200).Data.GetProperty("conversation");
        Assert.Equal(("open", 3), (one.Text("status"), one.GetProperty("unreadCount").GetInt32()));
        Assert.Equal(org.Manager.Id, one.GetProperty("assigneeId").GetGuid());
        Assert.Equal("""["a","b"]""", one.GetProperty("tags").GetRawText());
        Assert.Equal($"in {older}", one.GetProperty("lastMessage").Text("preview"));
        foreach (var old in new[] { lost, older })
            Assert.Equal(kept, (await org.Staff.Get($"/inbox/conversations/{old}")).Expect(200).Data.GetProperty("conversation").Id());
        foreach (var address in new[] { lostAddress, olderAddress })
            await _app.ReceiveMail("ann@mail.test", address);
        Assert.Equal(8, (await org.Staff.Messages(kept)).Length);
        Assert.Equal(0, await org.Miscounted());
        Assert.Equal(0, await _app.Scalar<long>(
            "select count(*) from deliveries d join contacts c on c.organization_id = d.organization_id and c.id = d.contact_id"
                + " where d.organization_id = $1 and c.merged_into is not null", org.Id));
        Assert.Equal(2, (await org.Staff.Get($"/contacts/{stays}")).Data.GetProperty("counts").GetProperty("conversations").GetInt32());
    }

    [Fact]
    public async Task A_dry_run_moves_nothing()
    {
        var org = await _app.NewOrganization();
        var (stays, gone) = (await org.AddCorrespondent(org.Owner), await org.AddCorrespondent(org.Owner));
        var lost = (await org.Owner.WriteMail(gone)).GetProperty("conversation").Id();

        var moved = (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone }, dryRun = true })).Expect(200).Data;

        Assert.Equal(1, moved.GetProperty("moved").GetProperty("conversations").GetInt32());
        Assert.Equal(gone, Assert.Single(await org.Owner.Conversations()).GetProperty("contactId").GetGuid());
        Assert.Equal(lost, (await org.Owner.Get($"/inbox/conversations/{lost}")).Data.GetProperty("conversation").Id());
    }

    [Fact]
    public async Task A_conversation_follows_its_contacts_owner()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Staff);
        var conversation = (await org.Staff.WriteMail(contact)).GetProperty("conversation").Id();

        (await org.Owner.Patch($"/contacts/{contact}", new { ownerId = org.OtherStaff.Id })).Expect(200);
        (await org.Staff.Get($"/inbox/conversations/{conversation}")).Expect(403, "FORBIDDEN");
        Assert.Single(await org.OtherStaff.Conversations());
        (await org.Owner.Post("/contacts/bulk", new { ids = new[] { contact }, action = "assign", values = new { ownerId = org.Staff.Id } })).Expect(200);

        Assert.Single(await org.Staff.Conversations());
        Assert.Empty(await org.OtherStaff.Conversations());
        (await org.Owner.Post("/contacts/bulk", new { ids = new[] { contact }, action = "delete" })).Expect(200);
        Assert.Equal("closed", Assert.Single(await org.Staff.Conversations()).Text("status"));
    }

    [Fact]
    public async Task Who_leaves_hands_their_conversations_over_or_back_to_everybody()
    {
        var org = await _app.NewOrganization();
        var conversations = new[] { await org.AddConversation(org.Owner), await org.AddConversation(org.Staff), await org.AddConversation(org.OtherStaff) };
        foreach (var (id, user) in new[] { (conversations[0], org.Staff), (conversations[1], org.Staff), (conversations[2], org.OtherStaff) })
            (await org.Owner.Post($"/inbox/conversations/{id}/assign", new { assigneeId = user.Id })).Expect(200);

        var reassigned = (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.Manager.Id}")).Expect(200).Data.GetProperty("reassigned");
        (await org.Owner.Delete($"/settings/team/{org.OtherStaff.Id}")).Expect(200);

        Assert.Equal(2, reassigned.GetProperty("conversations").GetInt32());
        Assert.Equal(conversations[..2].Order(), (await org.Manager.Conversations("?assigneeId=me")).Select(one => one.Id()).Order());
        Assert.Equal([conversations[2]], (await org.Manager.Conversations("?assigneeId=unassigned")).Select(one => one.Id()));
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from conversations where organization_id = $1 and owner_id = $2", org.Id, org.Manager.Id));
    }
}

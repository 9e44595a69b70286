using Crm.Functions.Tests.Contacts;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class ListConversationsTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task The_latest_message_comes_first_and_each_filter_narrows_the_list()
    {
        var org = await _app.NewOrganization();
        var (ann, bob, eve) = (await org.AddCorrespondent(org.Manager, "Ann Smith"), await org.AddCorrespondent(org.Staff, "Bob Stone"),
            await org.AddCorrespondent(org.OtherStaff, "Eve Black"));
        async Task<Guid> Write(Guid contact) => (await org.Owner.WriteMail(contact)).GetProperty("conversation").Id();
        var (first, second, third) = (await Write(ann), await Write(bob), await Write(eve));
        var sms = (await org.Owner.Post("/messages", new { contactId = ann, type = "sms", content = "Hi" })).Expect(201).Data.GetProperty("conversation").Id();
        await org.AddInbound(first);
        (await org.Owner.Patch($"/inbox/conversations/{second}", new { status = "pending" })).Expect(200);
        (await org.Owner.Post($"/inbox/conversations/{third}/assign", new { assigneeId = org.Manager.Id })).Expect(200);
        (await org.Owner.Patch($"/inbox/conversations/{third}/tags", new { tags = new[] { "vip", "late" } })).Expect(200);
        async Task Finds(TestUser user, string query, params Guid[] expected) =>
            Assert.Equal(expected, (await user.Conversations(query)).Select(conversation => conversation.Id()));

        await Finds(org.Manager, "", first, sms, third, second);
        await Finds(org.Staff, "", second);
        await Finds(org.Manager, "?status=pending,closed", second);
        await Finds(org.Manager, "?type=sms", sms);
        await Finds(org.Manager, "?assigneeId=me", third);
        await Finds(org.Manager, $"?assigneeId={org.Manager.Id}", third);
        await Finds(org.Manager, "?assigneeId=unassigned", first, sms, second);
        await Finds(org.Manager, "?tags=vip,other", third);
        await Finds(org.Manager, "?tags=vip,other&tagsMode=all");
        await Finds(org.Manager, "?unread=true", first);
        await Finds(org.Manager, "?unread=false", sms, third, second);
        await Finds(org.Manager, $"?contactId={ann}", first, sms);
        await Finds(org.Manager, "?search=stone", second);
        await Finds(org.Manager, "?search=an", first, sms);
        (await org.Manager.Get("/inbox/conversations?assigneeId=nobody")).Expect(400, "VALIDATION_ERROR");
        (await org.Manager.Get("/inbox/conversations?status=gone")).Expect(400, "VALIDATION_ERROR");
        var counts = (await org.Manager.Get("/inbox/conversations?status=closed")).Expect(200).Data.GetProperty("counts");
        Assert.Equal("""{"open":3,"unassigned":2,"mine":1,"unread":1}""", counts.GetRawText());
        Assert.Equal(
            """{"open":0,"unassigned":0,"mine":0,"unread":0}""", (await org.Staff.Get("/inbox/conversations")).Data.GetProperty("counts").GetRawText());
        Assert.Equal(
            """{"open":1,"unassigned":0,"mine":0,"unread":0}""", (await org.OtherStaff.Get("/inbox/conversations")).Data.GetProperty("counts").GetRawText());
    }

    [Fact]
    public async Task Pages_follow_one_another_by_number_and_by_cursor()
    {
        var org = await _app.NewOrganization();
        var all = new List<Guid>();
        for (var number = 0; number < 5; number++)
            all.Insert(0, await org.AddConversation(org.Owner));

        var first = (await org.Owner.Get("/inbox/conversations?pageSize=2")).Expect(200);
        var second = (await org.Owner.Get($"/inbox/conversations?pageSize=2&cursor={first.NextCursor()}")).Expect(200);
        var third = (await org.Owner.Get("/inbox/conversations?pageSize=2&page=3")).Expect(200);

        Assert.Equal(all, [.. first.Ids("conversations"), .. second.Ids("conversations"), .. third.Ids("conversations")]);
        Assert.Equal(5, first.Page("total"));
    }

    [Fact]
    public async Task Messages_are_found_by_all_their_words_within_what_the_caller_sees()
    {
        var org = await _app.NewOrganization();
        var (mine, other) = (await org.AddConversation(org.Staff), await org.AddConversation(org.OtherStaff));
        var chairs = await org.AddInbound(mine, "Forty chairs of oak, 100 % of it");
        var desks = await org.AddInbound(other, "Desks of OAK");
        async Task Finds(TestUser user, string query, params Guid[] expected) =>
            Assert.Equal(expected, (await user.Get($"/messages?{query}")).Expect(200).Ids("messages"));

        await Finds(org.Owner, "search=oak", desks, chairs);
        await Finds(org.Staff, "search=oak", chairs);
        await Finds(org.Owner, "search=oak forty", chairs);
        await Finds(org.Owner, "search=oak fifty");
        await Finds(org.Owner, "search=de of", desks);
        await Finds(org.Owner, "search=100 %25", chairs);
        await Finds(org.Owner, "search=oak&direction=outbound");
        await Finds(org.Owner, "search=oak&type=sms");
        await Finds(org.Owner, $"direction=inbound&contactId={(await org.Owner.Get($"/messages/{chairs}")).Data.GetProperty("contactId").GetGuid()}", chairs);
    }
}

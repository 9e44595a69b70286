using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class UnreadCountTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_message_is_read_and_unread_in_both_spellings_and_only_an_inbound_one()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Staff);
        var message = await org.AddInbound(conversation);
        async Task<bool> Mark(object body) => (await org.Staff.Patch($"/messages/{message}", body)).Expect(200).Data.GetProperty("isRead").GetBoolean();
        async Task<int> Unread() => (await org.Staff.Get("/inbox/unread-count")).Expect(200).Data.GetProperty("unreadCount").GetInt32();

        Assert.True(await Mark(new { isRead = true }));
        Assert.True(await Mark(new { status = "READ" }));
        Assert.Equal(0, await Unread());
        Assert.False(await Mark(new { status = "unread" }));
        Assert.Equal(1, await Unread());
        foreach (var wrong in new object[] { new { status = "delivered" }, new { status = "read", isRead = false }, new { } })
            (await org.Staff.Patch($"/messages/{message}", wrong)).Expect(400, "VALIDATION_ERROR");
        var sent = (await org.Staff.Messages(conversation))[0].Id();
        (await org.Staff.Patch($"/messages/{sent}", new { isRead = true })).Expect(400, "VALIDATION_ERROR");
        (await org.OtherStaff.Patch($"/messages/{message}", new { isRead = true })).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task A_whole_conversation_is_read_and_unread()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Owner);
        await org.AddInbound(conversation, "1");
        var last = await org.AddInbound(conversation, "2");
        async Task<int> Mark(bool isRead) =>
            (await org.Owner.Patch($"/inbox/conversations/{conversation}", new { isRead })).Expect(200).Data.GetProperty("unreadCount").GetInt32();

        Assert.Equal(2, await Mark(false));
        Assert.Equal(0, await Mark(true));
        Assert.Equal(1, await Mark(false));

        Assert.False((await org.Owner.Get($"/messages/{last}")).Data.GetProperty("isRead").GetBoolean());
        Assert.Equal(0, await org.Miscounted());
    }

    [Fact]
    public async Task Whatever_happens_at_once_the_count_is_what_the_messages_say()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Owner);
        var address = await org.ReplyAddress(conversation);
        var messages = new List<Guid>();
        for (var number = 0; number < 6; number++)
            messages.Add(await org.AddInbound(conversation));

        for (var round = 0; round < 5; round++)
        {
            var deeds = messages.Select(message => (Func<Task>)(() => org.Owner.Patch($"/messages/{message}", new { isRead = Random.Shared.Next(2) == 0 })))
                .Append(() => org.Owner.Patch($"/inbox/conversations/{conversation}", new { isRead = Random.Shared.Next(2) == 0 }))
                .Append(() => org.Owner.Post($"/inbox/conversations/{conversation}/messages", new { content = "Hello" }))
                .Append(() => _app.ReceiveMail("ann@mail.test", address));
            await Task.WhenAll(deeds.Select(deed => Task.Run(deed)));

            Assert.Equal(0, await org.Miscounted());
        }
    }
}

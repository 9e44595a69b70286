using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class ReceiveSmsTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    private static string NewNumber() => $"+1415{Random.Shared.NextInt64(2_000_000, 9_999_999)}";

    private async Task<(TestOrganization Org, string Number)> Organization()
    {
        var org = await _app.NewOrganization();
        var number = $"+1500{Random.Shared.NextInt64(2_000_000, 9_999_999)}";
        await _app.Sql("update organizations set sms_number = $2 where id = $1", org.Id, number);
        return (org, number);
    }

    private Task<(Guid Id, string Status, string Error)> Receive(string from, string to, string body = "Hi", int media = 0) =>
        _app.Receive(
            "twilio-sms",
            new { MessageSid = $"SM{Guid.NewGuid():N}", From = from, To = to, Body = body, NumMedia = $"{media}", MediaContentType0 = "image/png" });

    [Fact]
    public async Task A_text_message_of_a_stranger_becomes_a_conversation_with_a_new_contact()
    {
        var (org, number) = await Organization();
        var from = NewNumber();

        var (id, status, _) = await Receive(from, number, "Is it open?", media: 1);

        Assert.Equal("processed", status);
        var conversation = Assert.Single(await org.Owner.Conversations("?type=sms"));
        Assert.Equal(from, conversation.GetProperty("contact").Text("phone"));
        var contact = (await org.Owner.Get($"/contacts/{conversation.GetProperty("contactId").GetGuid()}")).Expect(200).Data;
        Assert.Equal(("inbound_sms", from), (contact.Text("source"), contact.Text("name")));
        var message = (await org.Owner.Get($"/messages/{id}")).Expect(200).Data;
        Assert.Equal(("Is it open?", from, number), (message.Text("content"), message.Text("from"), message.Text("to")));
        Assert.Equal("image/png", Assert.Single(message.GetProperty("attachments").EnumerateArray()).Text("contentType"));
    }

    [Fact]
    public async Task Of_two_contacts_with_one_number_the_one_spoken_to_last_is_meant_else_the_older()
    {
        var (org, number) = await Organization();
        var from = NewNumber();
        async Task<Guid> Add(string name) => (await org.Owner.Post("/contacts", new { name, phone = from })).Expect(201).Data.Id();
        var (older, newer) = (await Add("Older"), await Add("Newer"));

        await Receive(from, number);
        Assert.Equal(older, Assert.Single(await org.Owner.Conversations()).GetProperty("contactId").GetGuid());
        (await org.Owner.Post("/messages", new { contactId = newer, type = "sms", content = "Hello" })).Expect(201);
        await Receive(from, number);

        Assert.Equal(newer, (await org.Owner.Conversations("?unread=true"))[0].GetProperty("contactId").GetGuid());
        Assert.Equal(0, await org.Miscounted());
    }

    [Fact]
    public async Task The_shared_number_belongs_to_who_wrote_last_and_another_number_to_nobody()
    {
        var (first, second) = (await _app.NewOrganization(), await _app.NewOrganization());
        var from = NewNumber();
        foreach (var org in new[] { first, second })
        {
            var contact = (await org.Owner.Post("/contacts", new { name = "Ann", phone = from })).Expect(201).Data.Id();
            (await org.Owner.Post("/messages", new { contactId = contact, type = "sms", content = "Hello" })).Expect(201);
        }

        await Receive(from, "+15005550006");
        var nobody = await Receive(NewNumber(), NewNumber());

        Assert.Single(await second.Owner.Conversations("?unread=true"));
        Assert.Empty(await first.Owner.Conversations("?unread=true"));
        Assert.Equal("parked", nobody.Status);
    }
}

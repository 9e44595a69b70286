using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

/// <summary>A mail goes out, its answer comes in, and the answer to that stands in the same thread.</summary>
public sealed class RoundTripTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task A_conversation_by_mail_goes_to_and_fro_in_one_thread()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Staff, "Ann Smith");
        var written = await org.Staff.WriteMail(contact, content: "Hello {{first_name}}");
        var (conversation, first) = (written.GetProperty("conversation").Id(), written.GetProperty("message").Id());
        var address = written.GetProperty("message").Text("to")!;

        var mail = (await _app.Mails(address))[0];
        await _app.ReceiveMail(
            address, await org.ReplyAddress(conversation), "Forty, please\n\nOn Monday we wrote:\n> Hello Ann", "Re: Chairs",
            headers: $"Message-ID: <answer@mail.test>\r\nIn-Reply-To: {mail.Headers["Message-ID"]}\r\nReferences: {mail.Headers["Message-ID"]}");
        var second = (await org.Staff.Post($"/inbox/conversations/{conversation}/messages", new { content = "They come on Monday." })).Expect(201).Data.Id();
        var answer = (await _app.Mails(address, 2))[0];

        Assert.Equal(("Chairs", "Hello Ann"), (mail.Subject, mail.Text.Trim()));
        Assert.Equal($"<{first:N}@crm.test>", mail.Headers["Message-ID"]);
        Assert.Equal(("Re: Chairs", "They come on Monday."), (answer.Subject, answer.Text.Trim()));
        Assert.Equal("<answer@mail.test>", answer.Headers["In-Reply-To"]);
        Assert.Equal($"<{first:N}@crm.test> <answer@mail.test>", answer.Headers["References"]);
        await _app.Settled(org.Id);
        foreach (var id in new[] { first, second })
        {
            var sent = (await org.Staff.Get($"/messages/{id}")).Expect(200).Data;
            Assert.Equal("sent", sent.Text("status"));
            Assert.NotNull(sent.Text("providerId"));
            Assert.NotNull(sent.Text("sentAt"));
        }

        Assert.Equal(["outbound", "inbound", "outbound"], (await org.Staff.Messages(conversation)).Select(message => message.Text("direction")));
    }

    [Fact]
    public async Task STOP_is_a_message_and_the_last_one_that_goes_to_and_fro()
    {
        var org = await _app.NewOrganization();
        var number = $"+1500{Random.Shared.NextInt64(2_000_000, 9_999_999)}";
        await _app.Sql("update organizations set sms_number = $2 where id = $1", org.Id, number);
        var contact = await org.AddCorrespondent(org.Owner);
        var body = new { contactId = contact, type = "sms", content = "Your chairs are here" };
        var written = (await org.Owner.Post("/messages", body)).Expect(201).Data;

        var from = written.GetProperty("message").Text("to");
        await _app.Receive("twilio-sms", new { MessageSid = $"SM{Guid.NewGuid():N}", From = from, To = number, Body = "STOP" });

        Assert.Equal("STOP", (await org.Owner.Messages(written.GetProperty("conversation").Id()))[^1].Text("content"));
        (await org.Owner.Post("/messages", body)).Expect(409, "CONTACT_UNSUBSCRIBED");
    }
}

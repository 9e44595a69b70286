using System.Text.Json;
using Crm.Functions.Tests.Contacts;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

public sealed class ReceiveMailTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    private static string NewAddress() => $"{Guid.NewGuid():N}@mail.test";

    [Fact]
    public async Task An_unknown_sender_becomes_a_contact_of_the_longest_standing_owner()
    {
        var org = await _app.NewOrganization();
        await org.AddUser("owner");
        var from = NewAddress();

        var (id, status, _) = await _app.ReceiveMail(
            $"\"Smith, Ann\" <{from.ToUpperInvariant()}>", org.Mailbox(), "Hello there\n\n> quoted", "Fwd: A question");

        Assert.Equal("processed", status);
        var conversation = Assert.Single(await org.Owner.Conversations());
        Assert.Equal(
            ("open", "A question", 1), (conversation.Text("status"), conversation.Text("subject"), conversation.GetProperty("unreadCount").GetInt32()));
        var last = conversation.GetProperty("lastMessage");
        Assert.Equal(("Hello there", "inbound"), (last.Text("preview"), last.Text("direction")));
        var contact = (await org.Owner.Get($"/contacts/{conversation.GetProperty("contactId").GetGuid()}")).Expect(200).Data;
        Assert.Equal((from, "inbound_email", "Smith, Ann"), (contact.Text("email"), contact.Text("source"), contact.Text("name")));
        Assert.Equal(org.Owner.Id, contact.GetProperty("ownerId").GetGuid());
        var message = (await org.Owner.Get($"/messages/{id}")).Expect(200).Data;
        Assert.Equal(("received", "Fwd: A question", from), (message.Text("status"), message.Text("subject"), message.Text("from")));
        Assert.Contains("> quoted", message.Text("content"), StringComparison.Ordinal);
        Assert.False(message.GetProperty("isRead").GetBoolean());
        Assert.Equal(["contact_created", "email_received"], (await org.Actions(contact.Id())).Order());
        var notice = (await org.Owner.Get("/notifications")).Data.GetProperty("notifications")[0];
        Assert.Equal(("message.received", conversation.Id()), (notice.Text("type"), notice.GetProperty("entityId").GetGuid()));
        Assert.Equal(1, (await org.Owner.Get("/dashboard/kpis")).Expect(200).Data.GetProperty("unreadMessages").GetInt32());
        Assert.Equal(0, (await org.Staff.Get("/dashboard/kpis")).Expect(200).Data.GetProperty("unreadMessages").GetInt32());
    }

    [Fact]
    public async Task Unknown_senders_go_to_whom_the_organisation_says_while_they_are_there()
    {
        var org = await _app.NewOrganization();
        await _app.Sql("update organizations set inbox_assignee_id = $2 where id = $1", org.Id, org.Staff.Id);

        await _app.ReceiveMail(NewAddress(), org.Mailbox());
        Assert.Single(await org.Staff.Conversations());
        await _app.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);
        await _app.ReceiveMail(NewAddress(), org.Mailbox());

        Assert.Equal(1, await _app.Scalar<long>("select count(*) from contacts where organization_id = $1 and owner_id = $2", org.Id, org.Owner.Id));
    }

    [Fact]
    public async Task A_message_that_comes_twice_is_there_once()
    {
        var org = await _app.NewOrganization();

        await _app.ReceiveMail(NewAddress(), org.Mailbox(), times: 4);
        await _app.ReceiveMail(NewAddress(), org.Mailbox());

        Assert.Equal(2, await _app.Scalar<long>("select count(*) from messages where organization_id = $1", org.Id));
        Assert.Equal(2, (await org.Owner.Get("/inbox/unread-count")).Expect(200).Data.GetProperty("unreadCount").GetInt32());
        Assert.Equal(0, await org.Miscounted());
    }

    [Fact]
    public async Task An_answer_finds_its_conversation_by_its_address_whoever_sends_it()
    {
        var org = await _app.NewOrganization();
        var conversation = await org.AddConversation(org.Staff);
        (await org.Staff.Patch($"/inbox/conversations/{conversation}", new { status = "closed" })).Expect(200);
        var colleague = NewAddress();

        await _app.ReceiveMail($"Bob <{colleague}>", (await org.ReplyAddress(conversation)).ToUpperInvariant());

        var after = Assert.Single(await org.Staff.Conversations());
        Assert.Equal(("open", 1), (after.Text("status"), after.GetProperty("unreadCount").GetInt32()));
        Assert.Equal(colleague, (await org.Staff.Messages(conversation))[^1].Text("from"));
        Assert.Equal(1, (await org.Staff.Get("/notifications")).Data.GetProperty("unreadCount").GetInt32());
    }

    [Fact]
    public async Task An_answer_finds_its_conversation_by_the_id_of_what_it_answers()
    {
        var (org, other) = (await _app.NewOrganization(), await _app.NewOrganization());
        var written = (await org.Owner.WriteMail(await org.AddCorrespondent(org.Owner)));
        var thread = $"{written.GetProperty("message").Id():N}@crm.test";

        await _app.ReceiveMail(NewAddress(), org.Mailbox(), "one", headers: $"References: <older@mail.test>\n <{thread}>");
        await _app.ReceiveMail(NewAddress(), $"support@{InboxTesting.Domain}", "two", headers: $"In-Reply-To: <{thread}>");
        // Another organisation's address says more than whatever else the mail names.
        await _app.ReceiveMail(NewAddress(), other.Mailbox(), "three", headers: $"In-Reply-To: <{thread}>");

        Assert.Equal(["Hello", "one", "two"], (await org.Owner.Messages(written.GetProperty("conversation").Id())).Select(one => one.Text("content")));
        Assert.Single(await org.Owner.Conversations());
        Assert.Single(await other.Owner.Conversations());
    }

    [Fact]
    public async Task A_contact_is_known_by_its_address_a_merged_one_is_the_one_that_stays_and_a_deleted_one_comes_back()
    {
        var org = await _app.NewOrganization();
        var (first, second) = (NewAddress(), NewAddress());
        var (stays, gone) = (await org.AddContact(org.Owner, "Ann", first), await org.AddContact(org.Owner, "Bob", second));
        (await org.Owner.Post("/contacts/merge", new { primaryId = stays, duplicateIds = new[] { gone } })).Expect(200);

        await _app.ReceiveMail(second, org.Mailbox());
        (await org.Owner.Delete($"/contacts/{stays}")).Expect(200);
        await _app.ReceiveMail(first.ToUpperInvariant(), org.Mailbox());

        var conversation = Assert.Single(await org.Owner.Conversations());
        Assert.Equal((stays, "open"), (conversation.GetProperty("contactId").GetGuid(), conversation.Text("status")));
        var contact = (await org.Owner.Get($"/contacts/{stays}")).Expect(200).Data;
        Assert.Equal("active", contact.Text("status"));
        Assert.Contains("contact_restored", await org.Actions(stays));
        (await org.Owner.Post("/contacts", new { name = "x", email = first })).Expect(409, "CONTACT_DUPLICATE");
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from contacts where organization_id = $1 and deleted_at is null", org.Id));
    }

    [Theory]
    [InlineData("Auto-Submitted: auto-replied", "ann@mail.test", null)]
    [InlineData("Precedence: BULK", "ann@mail.test", null)]
    [InlineData("Precedence: list", "ann@mail.test", null)]
    [InlineData("X-Auto-Response-Suppress: All", "ann@mail.test", null)]
    [InlineData("", "Mail Delivery <MAILER-DAEMON@mail.test>", null)]
    [InlineData("", "postmaster@mail.test", null)]
    [InlineData("", "ann@mail.test", "")]
    [InlineData("", "ann@mail.test", "mailer-daemon@mail.test")]
    public async Task What_a_machine_wrote_is_dropped(string headers, string from, string? envelopeFrom)
    {
        var org = await _app.NewOrganization();

        var (_, status, error) = await _app.ReceiveMail(from, org.Mailbox(), headers: headers, envelopeFrom: envelopeFrom);

        Assert.Equal(("processed", "auto-reply"), (status, error));
        Assert.Empty(await org.Owner.Conversations());
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from contacts where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task What_a_person_wrote_is_not()
    {
        var org = await _app.NewOrganization();

        Assert.Equal("processed", (await _app.ReceiveMail(NewAddress(), org.Mailbox(), headers: "Auto-Submitted: no\nPrecedence: first-class")).Status);

        Assert.Single(await org.Owner.Conversations());
    }

    [Fact]
    public async Task What_is_nobodys_or_no_message_is_parked_with_its_reason()
    {
        var nobody = await _app.ReceiveMail(NewAddress(), $"nobody-{Guid.NewGuid():N}@{InboxTesting.Domain}");
        var elsewhere = await _app.ReceiveMail(NewAddress(), "someone@else.test");
        string[] broken = ["[]", "{", "{}", """{"from":"\ud800","to":"x@inbound.crm.test"}""", """{"from":3,"to":"x@inbound.crm.test"}"""];

        Assert.Equal("parked", nobody.Status);
        Assert.StartsWith("No organisation has the address nobody-", nobody.Error, StringComparison.Ordinal);
        Assert.Equal("parked", elsewhere.Status);
        foreach (var body in broken)
            Assert.Equal(("parked", "It cannot be read as a message."), await Outcome(body));

        async Task<(string, string)> Outcome(string body)
        {
            var (_, status, error) = await _app.Receive("sendgrid-inbound", body);
            return (status, error);
        }
    }

    [Fact]
    public async Task Html_is_cleaned_gives_the_text_when_there_is_none_and_may_hold_braces()
    {
        var org = await _app.NewOrganization();
        const string Html = """
            <html><body><p onclick="x()">Hello {{ first_name }} {% raw %}<img src="x" onerror="alert(1)"></p><script>alert(1)</script>
            <a href="javascript:alert(1)">here</a></body></html>
            """;

        var (id, _, _) = await _app.ReceiveMail(
            NewAddress(), org.Mailbox(), text: "", html: Html, attachments: [new { fileName = "plan.pdf", contentType = "application/pdf", size = 1234 }]);

        var message = (await org.Owner.Get($"/messages/{id}")).Expect(200).Data;
        Assert.StartsWith("Hello {{ first_name }} {% raw %}", message.Text("content"), StringComparison.Ordinal);
        Assert.Contains("<p>Hello {{ first_name }}", message.Text("htmlContent"), StringComparison.Ordinal);
        foreach (var danger in new[] { "script", "onerror", "onclick", "javascript" })
            Assert.DoesNotContain(danger, message.Text("htmlContent"), StringComparison.OrdinalIgnoreCase);
        var file = Assert.Single(message.GetProperty("attachments").EnumerateArray());
        Assert.Equal(("plan.pdf", "application/pdf", 1234), (file.Text("fileName"), file.Text("contentType"), file.GetProperty("size").GetInt32()));
    }

    [Fact]
    public async Task Html_too_wild_to_be_cleaned_is_left_out_and_its_text_stays()
    {
        var org = await _app.NewOrganization();

        var (id, status, _) = await _app.ReceiveMail(
            NewAddress(), org.Mailbox(), "The text", html: string.Concat(Enumerable.Repeat("<div>", 20_000)));

        Assert.Equal("processed", status);
        var message = (await org.Owner.Get($"/messages/{id}")).Expect(200).Data;
        Assert.Equal(("The text", JsonValueKind.Null), (message.Text("content"), message.GetProperty("htmlContent").ValueKind));
    }

    [Fact]
    public async Task First_mails_of_a_stranger_at_once_make_one_contact_and_one_conversation()
    {
        var org = await _app.NewOrganization();
        var from = NewAddress();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(number => _app.ReceiveMail(from, org.Mailbox(), $"{number}")));

        var conversation = Assert.Single(await org.Owner.Conversations());
        Assert.Equal(6, conversation.GetProperty("unreadCount").GetInt32());
        Assert.Equal(0, await org.Miscounted());
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from contacts where organization_id = $1", org.Id));
    }
}

using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Tasks;

namespace Crm.Functions.Tests.Inbox;

/// <summary>Files that go with a message.</summary>
public sealed class SentAttachmentTests(TestServices services)
{
    private const int Most = 10 * 1024 * 1024;
    private static readonly byte[] Some = [1, 2, 3];

    private readonly TestApp _app = services.App;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_arrive_as_they_were_uploaded_and_are_shown_with_the_message()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Staff);
        var (plans, photo) = (Noise(200_001), Noise(70_000));
        Guid[] ids = [await org.Staff.AddAttachment(plans, "Pläne 😀.pdf"), await org.Staff.AddAttachment(photo, "photo.jpg")];

        var written = (await org.Staff.WriteMailWith(contact, ids)).Expect(201).Data.GetProperty("message");

        var mail = (await _app.Mails(written.Text("to")!))[0];
        Assert.Equal(
            [("Pläne 😀.pdf", "application/pdf", 200_001), ("photo.jpg", "image/jpeg", 70_000)],
            mail.Attachments.Select(file => (file.FileName, file.Type, (int)file.Size)));
        Assert.Equal(plans, _app.Providers.Mailbox.Content(mail.Attachments[0]));
        Assert.Equal(photo, _app.Providers.Mailbox.Content(mail.Attachments[1]));
        Assert.Equal("See there.", mail.Text.Trim());
        var shown = (await org.Staff.Get($"/messages/{written.Id()}")).Expect(200).Data;
        var inConversation = (await org.Staff.Messages(shown.GetProperty("conversationId").GetGuid()))[^1];
        foreach (var message in new[] { written, shown, inConversation })
        {
            var files = message.GetProperty("attachments").EnumerateArray().ToArray();
            Assert.Equal(ids, files.Select(file => file.Id()));
            Assert.Equal("Pläne 😀.pdf", files[0].Text("fileName"));
            Assert.Equal(plans, await _app.Http.GetByteArrayAsync(files[0].Text("url"), Ct));
        }
    }

    [Fact]
    public async Task Twenty_mebibytes_together_are_sent_and_a_byte_more_is_not()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        Guid[] ids =
        [
            await org.Owner.AddAttachment(new byte[Most], "a.bin"), await org.Owner.AddAttachment(new byte[Most], "b.bin"),
            await org.Owner.AddAttachment([1], "c.bin"),
        ];

        (await org.Owner.WriteMailWith(contact, ids)).Expect(400, "ATTACHMENTS_TOO_LARGE");

        Assert.Empty(await org.Owner.Conversations());
        var written = (await org.Owner.WriteMailWith(contact, ids[..2])).Expect(201).Data.GetProperty("message");
        Assert.Equal([Most, Most], (await _app.Mails(written.Text("to")!))[0].Attachments.Select(file => file.Size));
    }

    [Fact]
    public async Task Ten_files_are_the_most_and_none_is_named_twice()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        var ids = new Guid[11];
        for (var at = 0; at < ids.Length; at++)
            ids[at] = await org.Owner.AddAttachment(Some, $"{at}.pdf");

        Assert.Equal(["attachmentIds"], (await org.Owner.WriteMailWith(contact, ids)).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["attachmentIds"], (await org.Owner.WriteMailWith(contact, ids[0], ids[0])).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Owner.Post("/messages", new { contactId = contact, type = "email", subject = "x", content = "x", attachmentIds = new object?[] { null } }))
            .Expect(400, "VALIDATION_ERROR");
        var message = (await org.Owner.WriteMailWith(contact, ids[..10])).Expect(201).Data.GetProperty("message");

        Assert.Equal(10, message.GetProperty("attachments").GetArrayLength());
        (await org.Owner.WriteMailWith(contact)).Expect(201);
    }

    [Fact]
    public async Task What_somebody_else_uploaded_or_was_sent_already_is_not_there()
    {
        var (org, other) = (await _app.NewOrganization(), await _app.NewOrganization());
        var contact = await org.AddCorrespondent(org.Staff);
        var own = await org.Staff.AddAttachment(Some);
        Guid[] not = [await org.OtherStaff.AddAttachment(Some), await other.Owner.AddAttachment(Some), Guid.CreateVersion7()];

        foreach (var id in not)
        {
            var refused = (await org.Staff.WriteMailWith(contact, own, id)).Expect(404, "ATTACHMENT_NOT_FOUND");
            Assert.Equal(["attachmentIds[1]"], refused.Fields);
        }

        Assert.Empty(await org.Staff.Conversations());
        // Owners send what is theirs, too.
        (await org.Owner.WriteMailWith(contact, own)).Expect(404, "ATTACHMENT_NOT_FOUND");
        (await org.Staff.WriteMailWith(contact, own)).Expect(201);
        (await org.Staff.WriteMailWith(contact, own)).Expect(404, "ATTACHMENT_NOT_FOUND");
        Assert.Single((await org.Staff.Messages((await org.Staff.Conversations())[0].Id())));
    }

    [Fact]
    public async Task Of_messages_at_once_one_gets_the_files_in_whichever_order_they_name_them()
    {
        await using var app = await services.StartApp();
        for (var round = 0; round < 5; round++)
        {
            var org = await app.NewOrganization();
            var contacts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => org.AddCorrespondent(org.Owner)));
            Guid[] ids = [await org.Owner.AddAttachment(Some), await org.Owner.AddAttachment(Some)];

            var replies = await Task.WhenAll(contacts.Select((contact, at) => org.Owner.WriteMailWith(contact, at % 2 == 0 ? ids : [ids[1], ids[0]])));

            Assert.Equal(1, replies.Count(reply => reply.Status == 201));
            Assert.All(replies.Where(reply => reply.Status != 201), reply => reply.Expect(404, "ATTACHMENT_NOT_FOUND"));
            Assert.Equal(2, await app.Scalar<long>("select count(*) from message_attachments where organization_id = $1", org.Id));
            Assert.Equal(1, await app.Scalar<long>("select count(*) from messages where organization_id = $1", org.Id));
        }

        // Whoever is run again after one would hide it.
        await app.Scalar<bool>("select pg_stat_force_next_flush() is null");
        Assert.Equal(0, await app.Scalar<long>("select deadlocks from pg_stat_database where datname = current_database()"));
    }

    [Fact]
    public async Task A_text_message_has_none()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        var body = new { contactId = contact, type = "sms", content = "x", attachmentIds = new[] { await org.Owner.AddAttachment(Some) } };

        (await org.Owner.Post("/messages", body)).Expect(400, "ATTACHMENTS_NOT_SUPPORTED");

        Assert.Empty(await org.Owner.Conversations());
        var conversation = (await org.Owner.Post("/messages", new { body.contactId, body.type, body.content })).Expect(201).Data.GetProperty("conversation");
        (await org.Owner.Post($"/inbox/conversations/{conversation.Id()}/messages", new { content = "x", body.attachmentIds }))
            .Expect(400, "ATTACHMENTS_NOT_SUPPORTED");
        Assert.Single(await org.Owner.Messages(conversation.Id()));
        // It waits still.
        (await org.Owner.WriteMailWith(contact, body.attachmentIds)).Expect(201);
    }

    [Fact]
    public async Task Answers_and_notes_have_files_too_and_a_notes_reaches_nobody_outside()
    {
        var org = await _app.NewOrganization();
        var written = await org.Owner.WriteMail(await org.AddCorrespondent(org.Owner));
        var path = $"/inbox/conversations/{written.GetProperty("conversation").Id()}/messages";
        Guid[] ids = [await org.Owner.AddAttachment(Some), await org.Owner.AddAttachment([4, 5])];

        var note = (await org.Owner.Post(path, new { content = "Look", isInternalNote = true, attachmentIds = ids[..1] })).Expect(201).Data;
        var answer = (await org.Owner.Post(path, new { content = "There", attachmentIds = ids[1..] })).Expect(201).Data;

        Assert.Equal(ids[0], note.GetProperty("attachments")[0].Id());
        Assert.Equal(Some, await _app.Http.GetByteArrayAsync(note.GetProperty("attachments")[0].Text("url"), Ct));
        Assert.Equal(ids[1], answer.GetProperty("attachments")[0].Id());
        var mails = await _app.Mails(answer.Text("to")!, 2);
        Assert.Equal([2L], mails.SelectMany(mail => mail.Attachments).Select(file => file.Size));
    }

    [Fact]
    public async Task A_message_sent_again_under_its_key_is_one_with_its_file()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        var body = new { contactId = contact, type = "email", subject = "x", content = "x", attachmentIds = new[] { await org.Owner.AddAttachment(Some) } };
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var first = (await org.Owner.Post("/messages", body, key)).Expect(201);
        var again = (await org.Owner.Post("/messages", body, key)).Expect(201);

        Assert.Equal(first.Body, again.Body);
        Assert.Single(await org.Owner.Messages(first.Data.GetProperty("conversation").Id()));
    }

    [Fact]
    public async Task With_a_message_that_is_cancelled_its_files_go()
    {
        var org = await _app.NewOrganization();
        var contact = await org.AddCorrespondent(org.Owner);
        var message = (await org.Owner.Post("/messages", new
        {
            contactId = contact,
            type = "email",
            subject = "x",
            content = "x",
            sendAt = "2100-01-01T00:00:00Z",
            attachmentIds = new[] { await org.Owner.AddAttachment(Some) },
        })).Expect(201).Data.GetProperty("message");

        (await org.Owner.Delete($"/messages/{message.Id()}")).Expect(200);

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (await _app.Scalar<long>("select count(*) from stored_files where organization_id = $1", org.Id) > 0)
            await Task.Delay(50, patience.Token);
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from message_attachments where organization_id = $1", org.Id));
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}

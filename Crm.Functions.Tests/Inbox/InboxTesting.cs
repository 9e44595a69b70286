using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Inbox;

/// <summary>Conversations of a test's organisation, and what comes in for it.</summary>
internal static class InboxTesting
{
    public const string Domain = "inbound.crm.test";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A contact with an address and a number of its own.</summary>
    public static async Task<Guid> AddCorrespondent(this TestOrganization org, TestUser owner, string? name = null) =>
        (await owner.Post("/contacts", new
        {
            name = name ?? "Ann Smith",
            email = $"{Guid.NewGuid():N}@mail.test",
            phone = $"+1415{Random.Shared.NextInt64(2_000_000, 9_999_999)}",
        })).Expect(201).Data.GetProperty("id").GetGuid();

    /// <summary>A mail to a contact; what the answer holds.</summary>
    public static async Task<JsonElement> WriteMail(this TestClient user, Guid contact, bool isWaiting = false, string content = "Hello") =>
        (await user.Post("/messages", new
        {
            contactId = contact,
            type = "email",
            subject = "Chairs",
            content,
            sendAt = isWaiting ? "2100-01-01T00:00:00Z" : null,
        })).Expect(201).Data;

    /// <summary>A file that waits for its message; returns its id.</summary>
    public static async Task<Guid> AddAttachment(this TestClient user, byte[] content, string name = "plans.pdf") =>
        (await user.Attach(content, name)).Expect(201).Data.GetProperty("attachment").GetProperty("id").GetGuid();

    public static async Task<TestReply> Attach(this TestClient user, byte[] content, string name, params (string Name, string Value)[] headers)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(content), "attachment", name } };
        return await user.Post("/upload/attachment", form, headers);
    }

    /// <summary>A mail to a contact with these files.</summary>
    public static Task<TestReply> WriteMailWith(this TestClient user, Guid contact, params Guid[] attachmentIds) =>
        user.Post("/messages", new { contactId = contact, type = "email", subject = "Plans", content = "See there.", attachmentIds });

    /// <summary>A conversation with a new contact of a user; returns its id.</summary>
    public static async Task<Guid> AddConversation(this TestOrganization org, TestUser user, string? name = null) =>
        (await user.WriteMail(await org.AddCorrespondent(user, name))).GetProperty("conversation").GetProperty("id").GetGuid();

    /// <summary>A message that its contact wrote, as if it had come in; returns its id.</summary>
    public static async Task<Guid> AddInbound(this TestOrganization org, Guid conversation, string content = "Hello")
    {
        var id = Guid.CreateVersion7();
        await org.App.Sql(
            """
            with message as (
                insert into messages (organization_id, id, conversation_id, contact_id, direction, type, subject, content, is_read, created_at)
                select organization_id, $2, id, contact_id, 'inbound', type, 'Chairs', $4, false, $5
                from conversations
                where organization_id = $1 and id = $3)
            update conversations
            set unread_count = unread_count + 1, last_message_id = $2, last_message_at = $5, last_preview = $4, last_direction = 'inbound'
            where organization_id = $1 and id = $3
            """,
            org.Id, id, conversation, content, org.App.Clock.GetUtcNow());
        return id;
    }

    public static async Task<Guid> AddNotification(this TestOrganization org, TestUser user, string title = "Hello")
    {
        var id = Guid.CreateVersion7();
        await org.App.Sql(
            "insert into notifications (organization_id, id, user_id, type, title, created_at) values ($1, $2, $3, 'message.received', $4, $5)",
            org.Id, id, user.Id, title, org.App.Clock.GetUtcNow());
        return id;
    }

    /// <summary>The address that mail to the organisation itself goes to.</summary>
    public static string Mailbox(this TestOrganization org) => $"org-{org.Id:N}@{Domain}";

    public static Task<string> ReplyAddress(this TestOrganization org, Guid conversation) => org.App.Scalar<string>(
        $"select 'reply+' || reply_token || '@{Domain}' from conversations where organization_id = $1 and id = $2", org.Id, conversation);

    /// <summary>An event as a webhook stores it, and its message; waits until it is done with. Returns its id, status and error.</summary>
    public static async Task<(Guid Id, string Status, string Error)> Receive(this TestApp app, string provider, object body, int times = 1)
    {
        var id = Guid.CreateVersion7();
        await app.Sql(
            "insert into provider_events (id, provider, event_id, body, received_at) values ($1, $2, $3, $4, $5)",
            id, provider, $"{id}", body as string ?? JsonSerializer.Serialize(body), app.Clock.GetUtcNow());
        // Text messages come by way of what the webhooks do with them: they know whose they are, and heed STOP.
        var (queue, message) = provider == "twilio-sms"
            ? (Queues.ProviderEvents, JsonSerializer.Serialize(new { eventIds = new[] { id } }))
            : (Queues.InboundMessages, JsonSerializer.Serialize(new { eventId = id }));
        for (var time = 0; time < times; time++)
            await app.Queues.Send(queue, message, CancellationToken.None);
        using var patience = new CancellationTokenSource(Patience);
        while (await app.Scalar<string>("select status from provider_events where id = $1", id) == "received")
        {
            Assert.False(patience.IsCancellationRequested, "The message was not taken in.");
            await Task.Delay(20);
        }

        return (id, await app.Scalar<string>("select status from provider_events where id = $1", id),
            await app.Scalar<string>("select coalesce(error, '') from provider_events where id = $1", id));
    }

    /// <summary>A mail that comes in.</summary>
    public static Task<(Guid Id, string Status, string Error)> ReceiveMail(
        this TestApp app, string from, string to, string text = "Hello", string? subject = "Chairs", string? html = null, string headers = "",
        string? envelopeFrom = null, int times = 1, object[]? attachments = null) =>
        app.Receive("sendgrid-inbound", new
        {
            from,
            to,
            subject,
            text,
            html,
            headers,
            envelope = new { to = new[] { to }, from = envelopeFrom ?? "bounces@mail.test" },
            attachments = attachments ?? [],
        }, times);

    /// <summary>The conversations a user sees.</summary>
    public static async Task<JsonElement[]> Conversations(this TestClient user, string query = "") =>
        [.. (await user.Get($"/inbox/conversations{query}")).Expect(200).Data.GetProperty("conversations").EnumerateArray()];

    /// <summary>The messages of a conversation, oldest first.</summary>
    public static async Task<JsonElement[]> Messages(this TestClient user, Guid conversation) =>
        [.. (await user.Get($"/inbox/conversations/{conversation}?limit=100")).Expect(200).Data.GetProperty("messages").EnumerateArray()];

    /// <summary>Conversations whose counts are not what their messages say.</summary>
    public static Task<long> Miscounted(this TestOrganization org) => org.App.Scalar<long>(
        """
        select count(*)
        from conversations v
        where organization_id = $1
          and unread_count <> (
              select count(*)
              from messages m
              where m.organization_id = v.organization_id and m.conversation_id = v.id and m.direction = 'inbound' and not m.is_read)
        """,
        org.Id);
}

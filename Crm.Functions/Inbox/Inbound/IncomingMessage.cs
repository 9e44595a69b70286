using Crm.Functions.Notifications;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>Writes what came in into its conversation.</summary>
internal static class IncomingMessage
{
    private const string InsertSql = """
        with message as (
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, subject, content, html_content, from_address, to_address,
                                  rfc_message_id, in_reply_to, reference_ids, is_read, created_at)
            values (@OrganizationId, @Id, @ConversationId, @ContactId, 'inbound', @Type, @Subject, @Text, @Html, @From, @To,
                    @RfcMessageId, @InReplyTo, @References, false, @ReceivedAt)
            on conflict (organization_id, id) do nothing
            returning id),
        kept as (
            update stored_files
            set unwanted_at = null, owner_id = @Id
            where organization_id = @OrganizationId
              and id = any(@FileIds)
              and kind = 'attachment'
              and unwanted_at > @Now
              and exists (select from message)
            returning id, storage_key),
        files as (
            insert into message_attachments (organization_id, id, message_id, file_name, content_type, size, storage_key, created_at)
            select @OrganizationId, f.id, m.id, f.name, f.content_type, f.size, k.storage_key, @Now
            from message m
            cross join unnest(@FileIds, @FileNames, @FileTypes, @FileSizes) as f (id, name, content_type, size)
            left join kept k on k.id = f.id)
        update conversations v
        set unread_count = unread_count + 1, status = case when status in ('closed', 'snoozed') then 'open' else status end, snoozed_until = null,
            subject = coalesce(@BareSubject, subject),
            assignee_id = (select u.id from users u where u.organization_id = v.organization_id and u.id = v.assignee_id and u.status = 'active'),
            updated_at = @Now, version = version + 1,
            last_message_id = case when @ReceivedAt >= last_message_at or last_message_id is null then @Id else last_message_id end,
            last_preview = case when @ReceivedAt >= last_message_at or last_message_id is null then @Preview else last_preview end,
            last_direction = case when @ReceivedAt >= last_message_at or last_message_id is null then 'inbound' else last_direction end,
            last_message_at = case when last_message_id is null then @ReceivedAt else greatest(last_message_at, @ReceivedAt) end
        where v.organization_id = @OrganizationId
          and v.id = @ConversationId
          and exists (select from message)
        """;

    // Who takes care of it, else whose contact it is, else who gets what unknown senders write: the first of them who is still there.
    private const string ToldSql = $"""
        select u.id as user_id, c.name
        from contacts c
        join lateral unnest(array[@AssigneeId, c.owner_id, {Caretaker.Sql}]) with ordinality as t (id, place) on true
        join users u on u.organization_id = c.organization_id and u.id = t.id and u.status = 'active'
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
        order by t.place
        limit 1
        """;

    private sealed record Told(Guid UserId, string Name);

    /// <param name="tx">The transaction.</param>
    /// <param name="id">The event's: the message's own id too, so that a second time it is there already.</param>
    /// <param name="receivedAt">When it came.</param>
    /// <param name="message">What came.</param>
    /// <param name="conversation">Where it belongs, locked.</param>
    public static async Task Write(DbTransaction tx, Guid id, DateTimeOffset receivedAt, InboundMessage message, ConversationRow conversation)
    {
        var preview = Preview.Of(message.Text);
        var written = await tx.Execute(InsertSql, new
        {
            Id = id,
            ConversationId = conversation.Id,
            conversation.ContactId,
            message.Type,
            message.Subject,
            BareSubject = Preview.Bare(message.Subject),
            message.Text,
            message.Html,
            message.From,
            To = message.To[0],
            message.RfcMessageId,
            message.InReplyTo,
            message.References,
            ReceivedAt = receivedAt,
            Preview = preview,
            FileIds = message.Files.Select(file => file.FileId ?? Guid.CreateVersion7(tx.Now)).ToArray(),
            FileNames = message.Files.Select(file => file.Name).ToArray(),
            FileTypes = message.Files.Select(file => file.ContentType).ToArray(),
            FileSizes = message.Files.Select(file => file.Size).ToArray(),
            tx.Now,
        });
        if (written == 0)
            return;
        var what = message.Type == "email" ? "E-mail" : "SMS";
        if (await tx.Find<Told>(ToldSql, new { conversation.AssigneeId, conversation.ContactId }) is { } told)
            await tx.Notify(told.UserId, "message.received", $"{what} from {told.Name}", message.Subject ?? preview, ("conversation", conversation.Id));
        await tx.Record(null, new("message.received", "message", id)
        {
            Entries = [new(conversation.ContactId, message.Type, $"{message.Type}_received", $"{what} received", message.Subject ?? preview)],
            IsActivity = true,
        });
    }
}

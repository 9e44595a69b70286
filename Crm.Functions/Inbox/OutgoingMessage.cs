using System.Globalization;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Functions.Timeline;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Twilio;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Inbox;

/// <summary>Writes messages to contacts, each with its delivery in the ledger, which has the message's own id.</summary>
public sealed class OutgoingMessage(Links links, Channels channels, IOptions<SendGridOptions> mail, IOptions<TwilioOptions> sms)
{
    // One statement: the ledger's row, the message, what was read by answering it, and the conversation, which is locked already. The thread's ids are those of
    // the message answered, the latest one, and of what that answered: the last twenty.
    private const string InsertSql = """
        with answered as (
            select rfc_message_id, reference_ids || rfc_message_id as reference_ids
            from messages
            where organization_id = @OrganizationId
              and conversation_id = @ConversationId
              and rfc_message_id is not null
              and @IsReply
            order by created_at desc, id desc
            limit 1),
        used as (
            update templates
            set usage = usage + 1
            where organization_id = @OrganizationId and id = @TemplateId),
        delivery as (
            insert into deliveries (organization_id, id, channel, contact_id, not_before, created_at)
            values (@OrganizationId, @Id, @Type, @ContactId, @SendAt::timestamptz, @Now)),
        was_read as (
            update messages
            set is_read = true, read_at = @Now
            where organization_id = @OrganizationId and conversation_id = @ConversationId and not is_read and @IsReply),
        message as (
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, subject, content, html_content, template_id, author_id,
                                  from_address, to_address, rfc_message_id, in_reply_to, reference_ids, segments, send_at, created_at)
            values (@OrganizationId, @Id, @ConversationId, @ContactId, 'outbound', @Type, @Subject, @Content, @Html, @TemplateId, @AuthorId,
                    @From, @To, @RfcMessageId, (select rfc_message_id from answered),
                    coalesce((select reference_ids[greatest(1, cardinality(reference_ids) - 19):] from answered), '{}'), @Segments,
                    @SendAt::timestamptz, @Now))
        update conversations
        set last_message_id = @Id, last_message_at = greatest(last_message_at, @Now), last_preview = @Preview, last_direction = 'outbound',
            subject = coalesce(@BareSubject, subject), status = case status when 'closed' then 'open' else status end,
            unread_count = case when @IsReply then 0 else unread_count end, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @ConversationId
        """;

    /// <summary>The refusal of what would be sent on this channel; null when it can be.</summary>
    internal Error? Fault(string channel) => channels.Fault(channel);

    /// <summary>Writes one into a conversation that is locked; it is sent once the transaction commits, or when its time comes.</summary>
    internal async Task<(Guid Id, Error? Fault)> Write(
        DbTransaction tx, Caller caller, ConversationRow conversation, Correspondent to, Draft draft, Texts texts, bool isReply)
    {
        var id = Guid.CreateVersion7(tx.Now);
        var isMail = draft.Type == "email";
        var preview = Preview.Of(texts.Content);
        await tx.Execute(InsertSql, new
        {
            Id = id,
            ConversationId = conversation.Id,
            conversation.ContactId,
            draft.Type,
            texts.Subject,
            BareSubject = Preview.Bare(texts.Subject),
            texts.Content,
            texts.Html,
            draft.TemplateId,
            AuthorId = caller.UserId,
            From = isMail ? to.FromEmail ?? mail.Value.FromEmail : to.SmsNumber ?? sms.Value.From,
            To = to.Address,
            RfcMessageId = isMail ? string.Create(CultureInfo.InvariantCulture, $"{id:N}@{new Uri(links.PublicBaseUrl).Host}") : null,
            texts.Segments,
            draft.SendAt,
            Preview = preview,
            IsReply = isReply,
            tx.Now,
        });
        var what = isMail ? "E-mail" : "SMS";
        await tx.Record(caller.UserId, new("message.written", "message", id)
        {
            Entries =
            [
                draft.SendAt is null
                    ? new(conversation.ContactId, draft.Type, $"{draft.Type}_sent", $"{what} sent", texts.Subject ?? preview)
                    : new(conversation.ContactId, draft.Type, $"{draft.Type}_scheduled", $"{what} scheduled", texts.Subject ?? preview),
            ],
            IsActivity = true,
        });
        if (draft.SendAt is null)
            await tx.Send(Queues.SendMessage, new SendMessage.Message(caller.OrganizationId, id));
        return (id, await MessageAttachments.Bind(tx, caller, id, draft.AttachmentIds));
    }
}

using Crm.Functions.Inbox;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>
/// A letter about an invoice, as a message of the contact's conversation: it is sent, and its fate told by the vendor, as any other message is. Being no
/// marketing it goes to those who unsubscribed, too.
/// </summary>
internal static class InvoiceMessage
{
    // A conversation that the letter begins is closed: nobody has to answer it. It is the contact's owner's, as any other.
    private const string Sql = """
        with conversation as (
            insert into conversations as c (organization_id, id, contact_id, type, owner_id, status, subject, reply_token, last_message_id, last_message_at,
                                            last_preview, last_direction, created_at, updated_at)
            select @OrganizationId, @ConversationId, id, @Channel, owner_id, 'closed', @Subject, @ReplyToken, @Id, @Now, @Preview, 'outbound', @Now, @Now
            from contacts
            where organization_id = @OrganizationId
              and id = @ContactId
            on conflict (organization_id, contact_id, type) do update
            set subject = coalesce(excluded.subject, c.subject), last_message_id = excluded.last_message_id,
                last_message_at = greatest(c.last_message_at, excluded.last_message_at), last_preview = excluded.last_preview, last_direction = 'outbound',
                updated_at = excluded.updated_at, version = c.version + 1
            returning id),
        message as (
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, subject, content, html_content, author_id, to_address,
                                  rfc_message_id, created_at)
            select @OrganizationId, @Id, id, @ContactId, 'outbound', @Channel, @Subject, @Content, @HtmlContent, @AuthorId, @Address, @RfcMessageId, @Now
            from conversation)
        insert into deliveries (organization_id, id, channel, contact_id, created_at)
        values (@OrganizationId, @Id, @Channel, @ContactId, @Now)
        """;

    /// <summary>Writes it, to be sent when the transaction is committed; returns its id.</summary>
    public static async Task<Guid> Write(
        DbTransaction tx, Guid contactId, string channel, string address, InvoiceTexts texts, Guid? authorId, InvoiceLinks links)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(Sql, new
        {
            Id = id,
            ConversationId = Guid.CreateVersion7(tx.Now),
            ContactId = contactId,
            Channel = channel,
            texts.Subject,
            texts.Content,
            texts.HtmlContent,
            Preview = Preview.Of(texts.Content),
            ReplyToken = ConversationRow.NewReplyToken(),
            AuthorId = authorId,
            Address = address,
            RfcMessageId = channel == "email" ? $"{id:N}@{links.Host}" : null,
            tx.Now,
        });
        await tx.Send(Queues.SendMessage, new SendMessage.Message(tx.Scope.OrganizationId, id));
        return id;
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Admin;

/// <summary>The demo organisation's inbox: a mail thread that waits for an answer, one in text messages, one that is closed; replies to have at hand.</summary>
internal static class DemoInbox
{
    private const string ConversationsSql = """
        insert into conversations (organization_id, id, contact_id, type, status, subject, assignee_id, owner_id, tags, reply_token, last_message_at,
                                   created_at, updated_at)
        select @OrganizationId, v.id, c.id, v.type, v.status, v.subject, v.assignee_id, c.owner_id, string_to_array(v.tags, ','), v.token, @Now, @Now, @Now
        from unnest(@Ids, @ContactIds, @Types, @Statuses, @Subjects, @Assignees, @Tags, @Tokens)
            as v (id, contact_id, type, status, subject, assignee_id, tags, token)
        join contacts c on c.organization_id = @OrganizationId and c.id = v.contact_id
        """;

    private const string MessagesSql = """
        with message as (
            insert into messages (organization_id, id, conversation_id, contact_id, direction, type, is_internal_note, subject, content, author_id,
                                  from_address, to_address, segments, send_at, is_read, created_at)
            select @OrganizationId, m.id, v.id, v.contact_id, m.direction, v.type, m.is_note, case when v.type = 'email' and not m.is_note then v.subject end,
                   m.content, case m.direction when 'outbound' then v.assignee_id end,
                   case m.direction when 'inbound' then x.address end, case when m.direction = 'outbound' and not m.is_note then x.address end,
                   case v.type when 'sms' then 1 end, case when m.at > @Now then m.at end, m.is_read, least(m.at, @Now)
            from unnest(@Ids, @ConversationIds, @Directions, @AreNotes, @Contents, @AreRead, @Times)
                as m (id, conversation_id, direction, is_note, content, is_read, at)
            join conversations v on v.organization_id = @OrganizationId and v.id = m.conversation_id
            join contacts c on c.organization_id = v.organization_id and c.id = v.contact_id
            cross join lateral (select case v.type when 'email' then c.email else c.phone end as address) x
            returning *)
        insert into deliveries (organization_id, id, channel, contact_id, state, not_before, address, created_at, sent_at, delivered_at)
        select organization_id, id, type, contact_id, case when send_at is null then 'sent' else 'pending' end, send_at, to_address, created_at,
               case when send_at is null then created_at end, case when send_at is null then created_at end
        from message
        where direction = 'outbound' and not is_internal_note
        """;

    private const string LatestSql = """
        update conversations v
        set last_message_id = m.id, last_message_at = m.created_at, last_preview = left(m.content, 160), last_direction = m.direction,
            unread_count = (select count(*) from messages u where u.organization_id = v.organization_id and u.conversation_id = v.id and not u.is_read)
        from (
            select distinct on (conversation_id) id, conversation_id, created_at, content, direction
            from messages
            where organization_id = @OrganizationId and not is_internal_note and send_at is null
            order by conversation_id, created_at desc) m
        where v.organization_id = @OrganizationId
          and v.id = m.conversation_id
        """;

    private const string RepliesSql = """
        insert into canned_replies (organization_id, id, shortcut, name, content, creator_id, created_at, updated_at)
        values (@OrganizationId, @ThanksId, 'thanks', 'Thank you', 'Hello {{ first_name | default: "there" }}, thank you for your message. {{ sender_name }}',
                @Manager, @Now, @Now),
               (@OrganizationId, @DeliveryId, 'delivery', 'Delivery times', 'We deliver within five working days. {{ sender_name }}, {{ company_name }}',
                @Manager, @Now, @Now)
        """;

    private const string NoticeSql = """
        insert into notifications (organization_id, id, user_id, type, title, body, entity_type, entity_id, created_at)
        values (@OrganizationId, @Id, @Owner, 'message.received', 'E-mail from a customer', 'Forty chairs', 'conversation', @ConversationId, @Now)
        """;

    private static readonly (int Contact, string Type, string Status, string? Subject, Guid Assignee, string Tags)[] Conversations =
    [
        (4, "email", "open", "Forty chairs", Demo.Owner, "delivery,offer"),
        (5, "sms", "open", null, Demo.Manager, "delivery"),
        (6, "email", "closed", "A scratched desk", Demo.Staff, "complaint"),
    ];

    private static readonly (int Conversation, string Direction, bool IsNote, bool IsRead, double HoursAgo, string Content)[] Messages =
    [
        (1, "inbound", false, false, 3, "Forty it is, then. When can they be here? We move in on the first."),
        (1, "outbound", false, true, 26, "Thank you for your interest. For forty chairs we can offer ten per cent, delivery included."),
        (1, "inbound", false, true, 30, "Hello, what would your conference chairs cost if we took forty of them?"),
        (1, "outbound", true, true, 2, "Stock has 36, the rest comes on Thursday."),
        (2, "outbound", false, true, 8, "Your delivery comes tomorrow between nine and eleven."),
        (2, "inbound", false, false, 7, "Great, the side door is open."),
        (3, "inbound", false, true, 200, "One of the desks came with a scratch."),
        (3, "outbound", false, true, 190, "We are sorry: a new top is on its way."),
        (1, "outbound", false, true, -48, "Do the first chairs sit well? The rest arrives on Thursday."),
    ];

    public static async Task Add(DbTransaction tx)
    {
        await tx.Execute(ConversationsSql, new
        {
            Ids = Conversations.Select((_, index) => Demo.Conversation(index + 1)).ToArray(),
            ContactIds = Conversations.Select(conversation => Demo.Contact(conversation.Contact)).ToArray(),
            Types = Conversations.Select(conversation => conversation.Type).ToArray(),
            Statuses = Conversations.Select(conversation => conversation.Status).ToArray(),
            Subjects = Conversations.Select(conversation => conversation.Subject).ToArray(),
            Assignees = Conversations.Select(conversation => conversation.Assignee).ToArray(),
            Tags = Conversations.Select(conversation => conversation.Tags).ToArray(),
            Tokens = Conversations.Select((_, index) => $"demo0conversation{index + 1}").ToArray(),
            tx.Now,
        });
        await tx.Execute(MessagesSql, new
        {
            Ids = Messages.Select((_, index) => Demo.Message(index + 1)).ToArray(),
            ConversationIds = Messages.Select(message => Demo.Conversation(message.Conversation)).ToArray(),
            Directions = Messages.Select(message => message.Direction).ToArray(),
            AreNotes = Messages.Select(message => message.IsNote).ToArray(),
            Contents = Messages.Select(message => message.Content).ToArray(),
            AreRead = Messages.Select(message => message.IsRead).ToArray(),
            Times = Messages.Select(message => tx.Now.AddHours(-message.HoursAgo).UtcDateTime).ToArray(),
            tx.Now,
        });
        await tx.Execute(LatestSql, null);
        await tx.Execute(RepliesSql, new { ThanksId = Demo.CannedReply(1), DeliveryId = Demo.CannedReply(2), Demo.Manager, tx.Now });
        await tx.Execute(NoticeSql, new { Id = Demo.Notification(1), Demo.Owner, ConversationId = Demo.Conversation(1), tx.Now });
    }
}

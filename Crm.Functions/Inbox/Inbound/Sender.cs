using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>The contact who wrote.</summary>
internal sealed record Sender(Guid Id, Guid? ConversationId)
{
    // Of several with one address: who lives, whose conversation is the latest, who was there first. One that was merged away is the one that stays.
    private const string MailSql = $"""
        {FindSql}
          and lower(g.email) = @Address
        {BestSql}
        """;

    private const string SmsSql = $"""
        {FindSql}
          and g.phone = @Address
        {BestSql}
        """;

    private const string FindSql = """
        select c.id, v.id as conversation_id
        from contacts g
        join contacts c on c.organization_id = g.organization_id and c.id = coalesce(g.merged_into, g.id)
        left join conversations v on v.organization_id = c.organization_id and v.contact_id = c.id and v.type = @Type
        where g.organization_id = @OrganizationId
        """;

    private const string BestSql = """
        order by c.deleted_at is not null, v.last_message_at desc nulls last, c.created_at, c.id
        limit 1
        """;

    // Whoever shall get unknown senders, else the longest-standing owner.
    private const string NewSql = """
        insert into contacts (organization_id, id, owner_id, first_name, last_name, email, email_key, phone, source, created_at, updated_at)
        select @OrganizationId, @Id,
               (select u.id
                from users u
                join organizations o on o.id = u.organization_id
                where u.organization_id = @OrganizationId and u.status = 'active' and (u.id = o.inbox_assignee_id or u.role = 'owner')
                order by u.id is distinct from o.inbox_assignee_id, u.created_at, u.id
                limit 1),
               @FirstName, @LastName, @Email, @EmailKey, @Phone, @Source, @Now, @Now
        on conflict (organization_id, email_key) do nothing
        """;

    private const string RestoreSql = """
        update contacts c
        set deleted_at = null, status = case status when 'inactive' then 'active' else status end, updated_at = @Now, version = version + 1,
            email_key = case when not exists (
                select from contacts o
                where o.organization_id = @OrganizationId and o.email_key = lower(c.email)) then lower(c.email) end
        where organization_id = @OrganizationId
          and id = @ContactId
          and deleted_at is not null
          and merged_into is null
        """;

    public static async Task<Sender> Of(DbTransaction tx, InboundMessage message)
    {
        var sql = message.Type == "email" ? MailSql : SmsSql;
        var args = new { Address = message.From, message.Type };
        if (await tx.Find<Sender>(sql, args) is { } known)
            return known;
        var id = Guid.CreateVersion7(tx.Now);
        var (first, last) = PersonName.From(message.Name, null, null);
        var isMail = message.Type == "email";
        var added = await tx.Execute(NewSql, new
        {
            Id = id,
            FirstName = first,
            LastName = last,
            Email = isMail ? message.From : null,
            EmailKey = isMail ? Emails.Normalize(message.From) : null,
            Phone = isMail ? null : message.From,
            Source = isMail ? "inbound_email" : "inbound_sms",
            tx.Now,
        });
        // Somebody else added them at this very moment.
        if (added == 0)
            return (await tx.Find<Sender>(sql, args))!;
        await tx.Record(null, new("contact.created", "contact", id) { Entries = [new(id, "update", "contact_created", "Contact created: they wrote")] });
        return new(id, null);
    }

    /// <summary>Whoever writes is there: a deleted contact comes back.</summary>
    public static async Task Restore(DbTransaction tx, Guid contactId)
    {
        if (await tx.Execute(RestoreSql, new { ContactId = contactId, tx.Now }) == 1)
            await tx.Record(
                null, new("contact.restored", "contact", contactId)
                {
                    Entries = [new(contactId, "update", "contact_restored", "Contact restored: they wrote")],
                });
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>Whose a message is: the organisation it was written to, and the conversation where it names one.</summary>
internal sealed record Recipient(Guid OrganizationId, Guid? ConversationId)
{
    private const string ReplyPrefix = "reply+";

    // By what the address or the header of an answer names: nobody but who got it knows that. Those that others wrote count within the organisation written to.
    private const string TokenSql = """
        select organization_id, id as conversation_id
        from conversations
        where reply_token = any(@Tokens)
        union all
        select organization_id, conversation_id
        from conversation_aliases
        where reply_token = any(@Tokens)
        limit 1
        """;

    private const string ThreadSql = """
        select m.organization_id, m.conversation_id
        from unnest(@Ids) with ordinality as r (id, place)
        join messages m on m.rfc_message_id = r.id
        where m.organization_id = @WrittenTo or @WrittenTo::uuid is null and m.direction = 'outbound'
        order by r.place, m.direction desc
        limit 1
        """;

    private const string SlugSql = """
        select id
        from organizations
        where slug = any(@Slugs)
        order by id
        limit 1
        """;

    private const string NumberSql = """
        select id
        from organizations
        where sms_number = @Number
        """;

    // The number that organisations without one of their own share: whose conversation with the sender is the latest; or there is but one of them.
    private const string SharedSql = """
        select coalesce(
            (select v.organization_id
             from contacts c
             join conversations v on v.organization_id = c.organization_id and v.contact_id = c.id and v.type = 'sms'
             join organizations o on o.id = c.organization_id and o.sms_number is null
             where c.phone = @Sender
             order by v.last_message_at desc
             limit 1),
            (select (array_agg(id))[1] from organizations having count(*) = 1))
        """;

    /// <summary>Whose a mail is; null when it is nobody's.</summary>
    public static async Task<Recipient?> OfMail(DbTransaction tx, InboundMessage mail, string? domain)
    {
        if (string.IsNullOrEmpty(domain))
            return null;
        var names = mail.To.Where(address => address.EndsWith($"@{domain}", StringComparison.OrdinalIgnoreCase))
            .Select(address => address[..address.LastIndexOf('@')]).ToArray();
        var tokens = names.Where(name => name.StartsWith(ReplyPrefix, StringComparison.Ordinal)).Select(name => name[ReplyPrefix.Length..]).ToArray();
        if (tokens.Length > 0 && await tx.Find<Recipient>(TokenSql, new { Tokens = tokens }) is { } answered)
            return answered;
        var writtenTo = await tx.Find<Guid?>(SlugSql, new { Slugs = names });
        string[] ids = [.. new[] { mail.InReplyTo }.OfType<string>(), .. mail.References.Reverse()];
        if (ids.Length > 0 && await tx.Find<Recipient>(ThreadSql, new { Ids = ids, WrittenTo = writtenTo }) is { } thread)
            return thread;
        return writtenTo is { } organization ? new(organization, null) : null;
    }

    /// <summary>Whose a text message is; null when its number is nobody's.</summary>
    public static async Task<Recipient?> OfSms(DbTransaction tx, InboundMessage sms, string? sharedNumber)
    {
        var organization = await tx.Find<Guid?>(NumberSql, new { Number = sms.To[0] })
            ?? (sms.To[0] == sharedNumber || sharedNumber?.StartsWith("MG", StringComparison.Ordinal) == true
                ? await tx.Find<Guid?>(SharedSql, new { Sender = sms.From })
                : null);
        return organization is { } id ? new(id, null) : null;
    }
}

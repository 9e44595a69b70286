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
}

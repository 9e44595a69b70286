namespace Crm.Functions.Inbox;

/// <summary>What waits to be read, in the latest conversations that have something: counting goes no further, whatever the size of the inbox.</summary>
internal static class UnreadMessages
{
    public const string AllSql = """
        select unread_count
        from conversations
        where organization_id = @OrganizationId and unread_count > 0
        order by last_message_at desc, id desc
        limit 1000
        """;

    public const string OwnSql = """
        select unread_count
        from conversations
        where organization_id = @OrganizationId and unread_count > 0 and (assignee_id = @OwnerId or owner_id = @OwnerId)
        order by last_message_at desc, id desc
        limit 1000
        """;
}

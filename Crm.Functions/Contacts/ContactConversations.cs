using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>The conversations of contacts, for changes of these that touch those too.</summary>
internal static class ContactConversations
{
    // Before the contacts, as everybody locks them. A change of a contact's owner changes them, too.
    private const string LockSql = """
        with conversation as (
            select 1
            from conversations
            where organization_id = @OrganizationId and contact_id = any(@ContactIds)
            order by id
            for update)
        select count(*)
        from conversation
        """;

    private const string CloseSql = """
        update conversations
        set status = 'closed', snoozed_until = null, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and contact_id = any(@ContactIds)
          and status <> 'closed'
        """;

    /// <summary>Locks them, before the contacts themselves are locked.</summary>
    public static Task Lock(DbTransaction tx, Guid[] contactIds) => tx.Find<long>(LockSql, new { ContactIds = contactIds });

    /// <summary>Closes those of deleted contacts: they open again when one writes. They are locked already.</summary>
    public static Task Close(DbTransaction tx, Guid[] contactIds) => tx.Execute(CloseSql, new { ContactIds = contactIds, tx.Now });
}

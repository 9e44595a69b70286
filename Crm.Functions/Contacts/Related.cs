using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>The tasks, deals and invoices of contacts, for changes that touch those too.</summary>
internal static class Related
{
    // Tasks, deals, invoices, contacts: the order in which everybody locks them. Who goes on to the
    // contacts takes these first, and then waits for the others instead of deadlocking.
    private const string LockSql = """
        with task as (
            select 1
            from tasks
            where organization_id = @OrganizationId and contact_id = any(@ContactIds)
            order by id
            for no key update),
        deal as (
            select 1
            from deals
            where organization_id = @OrganizationId and contact_id = any(@ContactIds) and (select count(*) from task) >= 0
            order by id
            for no key update),
        invoice as (
            select 1
            from invoices
            where organization_id = @OrganizationId and contact_id = any(@ContactIds) and (select count(*) from deal) >= 0
            order by id
            for no key update)
        select count(*)
        from invoice
        """;

    private const string HandOverSql = $"""
        with task as (
            update tasks
            set assignee_id = @To, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and contact_id = @ContactId
              and assignee_id = @From
              and status {TaskStates.AreOpenSql}
              and deleted_at is null
            returning 1),
        deal as (
            update deals
            set owner_id = @To, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and contact_id = @ContactId
              and owner_id = @From
              and status = 'open'
              and deleted_at is null
            returning 1)
        select (select count(*) from deal) as deals, (select count(*) from task) as tasks
        """;

    public sealed record Counts(long Deals, long Tasks);

    /// <summary>Locks all of them, before the contacts themselves are locked.</summary>
    public static Task Lock(DbTransaction tx, Guid[] contactIds) => tx.Find<long>(LockSql, new { ContactIds = contactIds });

    /// <summary>Hands a contact's open tasks and deals that were one user's over to another one. They are locked already.</summary>
    public static async Task<Counts> HandOver(DbTransaction tx, Guid contactId, Guid from, Guid to) =>
        (await tx.Find<Counts>(HandOverSql, new { ContactId = contactId, From = from, To = to, tx.Now }))!;
}

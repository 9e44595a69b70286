using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

/// <summary>What campaigns send to contacts, for changes that touch it too.</summary>
internal static class Recipients
{
    /// <summary>In SQL, the deliveries <c>d</c> of campaigns that nobody has begun to send.</summary>
    public const string Waiting = """
        d.organization_id = @OrganizationId
          and d.campaign_id is not null
          and d.status = 'pending'
          and d.call_id is null
        """;

    // Before the contacts: who sends has the deliveries locked when it comes to those.
    private const string LockWaitingSql = $"""
        with locked as (
            select 1
            from deliveries d
            where {Waiting}
              and d.contact_id = {ContactAccess.StandsFor}
            order by d.id
            for update)
        select count(*)
        from locked
        """;

    private const string LockAllSql = """
        with locked as (
            select 1
            from deliveries
            where organization_id = @OrganizationId
              and contact_id = any(@ContactIds)
            order by id
            for update)
        select count(*)
        from locked
        """;

    // Of a campaign that nobody has sent they are gone; of one on its way it stays to be seen why they got nothing.
    private const string DropSql = $"""
        with removed as (
            delete from deliveries d
            using campaigns k
            where {Waiting}
              and d.contact_id = any(@ContactIds)
              and k.organization_id = d.organization_id and k.id = d.campaign_id
              and k.status in ('draft', 'scheduled'))
        update deliveries d
        set state = 'suppressed', skip_reason = 'inactive'
        from campaigns k
        where {Waiting}
          and d.contact_id = any(@ContactIds)
          and k.organization_id = d.organization_id and k.id = d.campaign_id
          and k.status in ('sending', 'paused')
        """;

    // A contact is a recipient once: of two the one that came further stays. One that is with the vendor goes before one that waits, and that before one that
    // failed or was suppressed: with the other's address it may arrive.
    private const string DropDoublesSql = """
        with ranked as (
            select id, row_number() over (
                partition by campaign_id
                order by array_position(
                    '{unsubscribed,clicked,opened,delivered,sent,bounced,claimed,pending,failed,suppressed}',
                    case when status = 'pending' and call_id is not null then 'claimed' else status end), id) as place
            from deliveries
            where organization_id = @OrganizationId
              and contact_id = any(@ContactIds)
              and campaign_id is not null)
        delete from deliveries d
        using ranked r
        where d.organization_id = @OrganizationId
          and d.id = r.id
          and r.place > 1
        """;

    private const string MoveSql = """
        update deliveries
        set contact_id = @PrimaryId
        where organization_id = @OrganizationId
          and contact_id = any(@ContactIds)
          and contact_id <> @PrimaryId
        """;

    /// <summary>Locks what waits to be sent to the contact that an id stands for, before it is locked to be deleted.</summary>
    public static Task LockWaiting(DbTransaction tx, Guid contactId) => tx.Find<long>(LockWaitingSql, new { ContactId = contactId });

    /// <summary>Takes deleted contacts off the campaigns that would still write to them.</summary>
    public static Task Drop(DbTransaction tx, Guid[] contactIds) => tx.Execute(DropSql, new { ContactIds = contactIds });

    /// <summary>Locks all that was or will be sent to contacts that will be merged, before they are locked.</summary>
    public static Task LockAll(DbTransaction tx, Guid[] contactIds) => tx.Find<long>(LockAllSql, new { ContactIds = contactIds });

    /// <summary>Hands what was and will be sent to contacts over to the one of them that stays.</summary>
    public static async Task Move(DbTransaction tx, Guid primaryId, Guid[] contactIds)
    {
        var args = new { PrimaryId = primaryId, ContactIds = contactIds };
        await tx.Execute(DropDoublesSql, args);
        await tx.Execute(MoveSql, args);
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Invoices;

/// <summary>
/// Tells the creators of invoices that became overdue where their organisation is, once: on the contact's timeline and as a notification. That an invoice is
/// overdue every query finds out for itself. The claim and what it leaves are one transaction.
/// </summary>
public static class MarkOverdueInvoices
{
    /// <summary>Invoices in one transaction, as in the statement.</summary>
    private const int BatchSize = 200;

    // The contact is touched by nothing: nobody did anything with it.
    private const string MarkSql = $"""
        with due as (
            select i.organization_id, i.id
            from invoices i
            join organizations o on o.id = i.organization_id
            {Places.JoinSql}
            where i.status = 'sent'
              and i.deleted_at is null
              and i.overdue_at is null
              and i.due_date < @Latest
              and i.due_date < z.today
            order by i.due_date, i.organization_id, i.id
            limit 200
            for no key update of i skip locked),
        told as (
            update invoices i
            set overdue_at = @Now
            from due
            where i.organization_id = due.organization_id and i.id = due.id
            returning i.organization_id, i.id, i.number, i.contact_id, i.creator_id, i.due_date, i.currency,
                      i.total - i.amount_paid - i.amount_credited as rest),
        entries as (
            insert into timeline_entries (organization_id, id, contact_id, type, action, title, description, entity_type, entity_id, occurred_at, created_at)
            select organization_id, gen_random_uuid(), contact_id, 'invoice', 'invoice_overdue', 'Invoice ' || number || ' is overdue',
                   'Due on ' || due_date || ', ' || rest || ' ' || currency || ' still to be paid', 'invoice', id, @Now, @Now
            from told),
        events as (
            insert into audit_events (organization_id, id, action, entity_type, entity_id, created_at)
            select organization_id, gen_random_uuid(), 'invoice.overdue', 'invoice', id, @Now
            from told),
        notices as (
            insert into notifications (organization_id, id, user_id, type, title, body, entity_type, entity_id, created_at)
            select organization_id, gen_random_uuid(), creator_id, 'invoice.overdue', 'Invoice ' || number || ' is overdue',
                   rest || ' ' || currency || ' still to be paid', 'invoice', id, @Now
            from told)
        select count(*)
        from told
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        var places = await Places.Read(db, ct);
        while (await db.Find<long>(Scope.Global, MarkSql, new { places.Zones, places.Days, places.Latest, db.Now }, ct) == BatchSize)
        {
            // More are due.
        }
    }
}

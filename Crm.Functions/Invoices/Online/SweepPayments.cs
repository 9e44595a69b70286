using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Has those invoices checked whose payments or refunds at Stripe have been under way for five minutes since somebody last looked: what a webhook has told and
/// nobody heard, is found here.
/// </summary>
public static class SweepPayments
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>A bank may take days for one that is on its way, and Stripe tells us.</summary>
    private static readonly TimeSpan LongPatience = TimeSpan.FromHours(1);

    private sealed record Due(Guid OrganizationId, Guid InvoiceId);

    // Claimed by the time of the look, so that the next minute's sweep leaves them alone. One statement for each table, by its own small index.
    private const string IntentsSql = """
        with due as (
            select organization_id, id
            from payment_intents
            where status in ('created', 'open', 'processing')
              and coalesce(checked_at, created_at) < @Old
              and (status <> 'processing' or coalesce(checked_at, created_at) < @Older)
            order by coalesce(checked_at, created_at)
            limit 200
            for no key update skip locked)
        update payment_intents n
        set checked_at = @Now
        from due
        where n.organization_id = due.organization_id and n.id = due.id
        returning n.organization_id, n.invoice_id
        """;

    private const string RefundsSql = """
        with due as (
            select organization_id, id
            from payment_refunds
            where status = 'created'
              and coalesce(checked_at, asked_at) < @Old
            order by coalesce(checked_at, asked_at)
            limit 200
            for no key update skip locked)
        update payment_refunds r
        set checked_at = @Now
        from due
        where r.organization_id = due.organization_id and r.id = due.id
        returning r.organization_id, r.invoice_id
        """;

    public static async Task Handle(Db db, StripePayments stripe, CancellationToken ct)
    {
        if (!stripe.IsConfigured)
            return;
        await db.Transaction(Scope.Global, async tx =>
        {
            var times = new { Old = tx.Now - Patience, Older = tx.Now - LongPatience, tx.Now };
            var due = (await tx.List<Due>(IntentsSql, times)).Concat(await tx.List<Due>(RefundsSql, times)).Distinct();
            await tx.SendAll(
                Queues.CheckPayments,
                due.Select(one => (one.OrganizationId, new CheckPayments.Message(one.OrganizationId, one.InvoiceId, null))));
            return true;
        }, ct);
    }
}

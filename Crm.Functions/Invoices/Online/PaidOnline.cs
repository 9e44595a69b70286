using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>A payment that came in online, and what of it was not given back.</summary>
internal sealed record PaidOnline(Guid Id, decimal Left)
{
    // Of one that came back by a failed refund there are two: what is left of which is given back.
    private const string Sql = $"""
        select p.id, p.amount - {Payment.RefundedSql} as left
        from payments p
        where p.organization_id = @OrganizationId
          and p.intent_id = @IntentId
          and p.kind = 'payment'
        order by p.amount - {Payment.RefundedSql} desc, p.created_at, p.id
        limit 1
        """;

    /// <summary>The one of an intent of which most is left; null when none came in.</summary>
    public static Task<PaidOnline?> Find(DbTransaction tx, Guid intentId) => tx.Find<PaidOnline>(Sql, new { IntentId = intentId });
}

using Crm.Shared.Database;

namespace Crm.Functions.Invoices.Online;

/// <summary>A payment that came in online, and what of it was not given back.</summary>
internal sealed record PaidOnline(Guid Id, decimal Left)
{
    private const string Sql = $"""
        select p.id, p.amount - {Payment.RefundedSql} as left
        from payments p
        where p.organization_id = @OrganizationId
          and p.intent_id = @IntentId
          and p.kind = 'payment'
        """;

    /// <summary>What came in by an intent; null when nothing did.</summary>
    public static Task<PaidOnline?> Find(DbTransaction tx, Guid intentId) => tx.Find<PaidOnline>(Sql, new { IntentId = intentId });
}

using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// What becomes of payments that customers dispute with their bank: while one is open it marks the invoice, and people are told; a lost one takes the money off
/// the ledger.
/// </summary>
internal static class DisputeSettlement
{
    private sealed record Row(Guid Id, Guid PaymentId, string Status);

    private const string FindSql = """
        select id, payment_id, status
        from payment_disputes
        where organization_id = @OrganizationId
          and provider_id = @ProviderId
        """;

    private const string InsertSql = """
        insert into payment_disputes (organization_id, id, invoice_id, payment_id, provider_id, amount, currency, reason, status, created_at)
        values (@OrganizationId, @Id, @InvoiceId, @PaymentId, @ProviderId, @Amount, @Currency, @Reason, 'open', @Now)
        """;

    private const string CloseSql = """
        update payment_disputes
        set status = @Status, entry_id = @EntryId, closed_at = @Now
        where organization_id = @OrganizationId
          and id = @Id
        """;

    private const string MarkSql = """
        update invoices i
        set disputed = m.disputed, updated_at = @Now, version = version + 1
        from (
            select exists (
                select from payment_disputes d
                where d.organization_id = @OrganizationId and d.invoice_id = @InvoiceId and d.status = 'open') as disputed) m
        where i.organization_id = @OrganizationId
          and i.id = @InvoiceId
          and i.disputed <> m.disputed
        """;

    /// <summary>Settles it; false when what is disputed is not in the ledger.</summary>
    public static Task<bool> Settle(Db db, PlaceOfIntent place, CardDispute state, CancellationToken ct) => db.Transaction(place.Scope, async tx =>
    {
        var invoice = (await InvoiceRow.LockAny(tx, place.InvoiceId))!;
        var row = await tx.Find<Row>(FindSql, new { ProviderId = state.Id });
        if (row is null)
        {
            if (await PaidOnline.Find(tx, place.IntentId) is not { } paid)
                return false;
            row = new(Guid.CreateVersion7(tx.Now), paid.Id, "open");
            await tx.Execute(InsertSql, new
            {
                row.Id,
                InvoiceId = invoice.Id,
                row.PaymentId,
                ProviderId = state.Id,
                state.Amount,
                state.Currency,
                state.Reason,
                tx.Now,
            });
            await Say(tx, invoice, state, "disputed", "is disputed", $"Answer it in Stripe's dashboard; the reason given is {state.Reason}.");
        }

        if (row.Status == "open" && state.Status != DisputeStatus.Open)
            await Close(tx, place, invoice, row, state);
        await tx.Execute(MarkSql, new { InvoiceId = invoice.Id, tx.Now });
        return true;
    }, ct);

    private static async Task Close(DbTransaction tx, PlaceOfIntent place, InvoiceRow invoice, Row row, CardDispute state)
    {
        Guid? entry = null;
        if (state.Status == DisputeStatus.Lost && (await PaidOnline.Find(tx, place.IntentId))! is { Left: > 0 } paid)
        {
            var today = place.Day(tx.Now);
            entry = (await Ledger.Add(tx, null, today, invoice, new(Payment.RefundKind, 0.00m - Math.Min(state.Amount, paid.Left), today)
            {
                Method = "stripe",
                Reference = state.Id,
                Notes = "A dispute was lost.",
                RefundOf = paid.Id,
                Provider = "stripe",
                ProviderRef = state.Id,
            })).Payment.Id;
        }

        var word = state.Status == DisputeStatus.Lost ? "lost" : "won";
        await tx.Execute(CloseSql, new { row.Id, Status = word, EntryId = entry, tx.Now });
        await (state.Status == DisputeStatus.Lost
            ? Say(tx, invoice, state, "dispute_lost", "was lost to a dispute", "The money is gone: it is to be paid again, or credit it.")
            : Say(tx, invoice, state, "dispute_won", "stays: the dispute is over", null));
    }

    private static async Task Say(DbTransaction tx, InvoiceRow invoice, CardDispute state, string verb, string what, string? body)
    {
        var title = $"A payment of {Amounts.Of(state.Amount, state.Currency)} for invoice {invoice.Number} {what}";
        await PaymentNotices.Tell(tx, invoice, $"payment.{verb}", title, body);
        await InvoiceJournal.RecordPayment(
            tx, null, invoice.Id, invoice.ContactId, verb, title, body, new { disputeId = state.Id, amount = state.Amount, state.Currency, state.Reason });
    }
}

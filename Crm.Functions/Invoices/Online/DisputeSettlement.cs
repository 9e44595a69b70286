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

    private sealed record Loss(string ProviderId, decimal Rest);

    // Of lost ones, what is in no entry: it had been given back before.
    private const string LossesSql = """
        select d.provider_id, d.amount + coalesce((
                   select sum(r.amount)
                   from payments r
                   where r.organization_id = d.organization_id and r.refund_of = d.payment_id and r.reference = d.provider_id), 0.00) as rest
        from payment_disputes d
        where d.organization_id = @OrganizationId
          and d.payment_id = @PaymentId
          and d.status = 'lost'
        order by d.created_at, d.id
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

    /// <summary>
    /// Takes off what came back by a failed refund and a lost dispute has taken all the same: when it was lost there was nothing left to take it off.
    /// </summary>
    public static async Task TakeRest(DbTransaction tx, DateOnly today, InvoiceRow invoice, Guid paymentId, string refundId)
    {
        foreach (var loss in await tx.List<Loss>(LossesSql, new { PaymentId = paymentId }))
        {
            var payment = (await tx.Find<Payment>(Payment.ByIdSql, new { Id = paymentId }))!;
            if (Math.Min(loss.Rest, payment.Amount - payment.RefundedAmount) is > 0 and var amount)
                await Ledger.Add(tx, null, today, invoice, Entry(paymentId, amount, today, loss.ProviderId, $"{loss.ProviderId}/{refundId}"));
        }
    }

    private static async Task Close(DbTransaction tx, PlaceOfIntent place, InvoiceRow invoice, Row row, CardDispute state)
    {
        Guid? entry = null;
        if (state.Status == DisputeStatus.Lost && (await PaidOnline.Find(tx, place.IntentId))! is { Left: > 0 } paid)
        {
            var today = place.Day(tx.Now);
            entry = (await Ledger.Add(tx, null, today, invoice, Entry(paid.Id, Math.Min(state.Amount, paid.Left), today, state.Id, state.Id))).Payment.Id;
        }

        var word = state.Status == DisputeStatus.Lost ? "lost" : "won";
        await tx.Execute(CloseSql, new { row.Id, Status = word, EntryId = entry, tx.Now });
        await (state.Status == DisputeStatus.Lost
            ? Say(tx, invoice, state, "dispute_lost", "was lost to a dispute", "The money is gone: it is to be paid again, or credit it.")
            : Say(tx, invoice, state, "dispute_won", "stays: the dispute is over", null));
    }

    private static Ledger.Entry Entry(Guid paymentId, decimal amount, DateOnly today, string disputeId, string providerRef) =>
        new(Payment.RefundKind, 0.00m - amount, today)
        {
            Method = "stripe",
            Reference = disputeId,
            Notes = "A dispute was lost.",
            RefundOf = paymentId,
            Provider = "stripe",
            ProviderRef = providerRef,
        };

    private static async Task Say(DbTransaction tx, InvoiceRow invoice, CardDispute state, string verb, string what, string? body)
    {
        var title = $"A payment of {Amounts.Of(state.Amount, state.Currency)} for invoice {invoice.Number} {what}";
        await PaymentNotices.Tell(tx, invoice, $"payment.{verb}", title, body);
        await InvoiceJournal.RecordPayment(
            tx, null, invoice.Id, invoice.ContactId, verb, title, body, new { disputeId = state.Id, amount = state.Amount, state.Currency, state.Reason });
    }
}

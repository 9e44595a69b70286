using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Makes our books agree with what Stripe says of a payment. Webhook, sweep and whoever pays again all come here, in any order and as often as they like: the
/// invoice is locked, and money is entered once, under Stripe's id of it.
/// </summary>
internal static class IntentSettlement
{
    private const string IsEnteredSql = """
        select true
        from payments
        where organization_id = @OrganizationId
          and provider = 'stripe'
          and provider_ref = @ProviderId
        """;

    /// <summary>Settles it; whose it is, or null when it is none of ours.</summary>
    /// <param name="db">The database.</param>
    /// <param name="state">How it stands at Stripe, or stood: what is final stays so, the rest must be of now.</param>
    /// <param name="receipts">Writes to the customer.</param>
    /// <param name="at">When it came to this, where it is known.</param>
    /// <param name="ct">Gives it up.</param>
    public static async Task<PlaceOfIntent?> Settle(Db db, CardIntent state, Receipts receipts, DateTimeOffset? at, CancellationToken ct)
    {
        if (await PlaceOfIntent.Find(db, state.Id, state.Metadata, ct) is not { } place)
            return null;
        await db.Transaction(place.Scope, async tx =>
        {
            var invoice = (await InvoiceRow.LockAny(tx, place.InvoiceId))!;
            var row = (await IntentRow.Lock(tx, place.IntentId))!;
            if (row.ProviderId is null || row.ProviderId == state.Id)
                await Save(tx, invoice, row, state);
            if (state.Status == IntentStatus.Succeeded && !await tx.Find<bool>(IsEnteredSql, new { ProviderId = state.Id }))
                await Enter(tx, place, invoice, state, state.PaidAt ?? at ?? tx.Now, receipts);
            return true;
        }, ct);
        return place;
    }

    private static async Task Enter(DbTransaction tx, PlaceOfIntent place, InvoiceRow invoice, CardIntent state, DateTimeOffset paidAt, Receipts receipts)
    {
        var outcome = await Ledger.Add(tx, null, place.Day(tx.Now), invoice, new(Payment.PaymentKind, state.Received, place.Day(paidAt))
        {
            Method = "stripe",
            Reference = state.Id,
            Provider = "stripe",
            ProviderRef = state.Id,
            IntentId = place.IntentId,
        });
        var after = await InvoiceRow.Read(tx, invoice.Id);
        var amount = Amounts.Of(state.Received, state.Currency);
        await receipts.Write(tx, after, state.Received);
        await (after.Overpaid || after.DeletedAt is not null
            ? PaymentNotices.Tell(
                tx, after, "payment.overpaid", $"{amount} came in for invoice {after.Number}, more than is owed",
                "Refund what is too much, or write another invoice.")
            : PaymentNotices.Tell(tx, after, "payment.received", $"{amount} came in for invoice {after.Number}", null, toOwners: false));
        await InvoiceJournal.RecordPayment(
            tx, null, after.Id, after.ContactId, "received", $"Online payment of {amount} for invoice {after.Number}",
            outcome.Invoice.RemainingAmount is > 0 and var rest ? $"Still to be paid: {Amounts.Of(rest, state.Currency)}." : "The invoice is paid.",
            new { paymentId = outcome.Payment.Id, paymentIntentId = state.Id, amount = state.Received, state.Currency });
    }

    private static async Task Save(DbTransaction tx, InvoiceRow invoice, IntentRow row, CardIntent state)
    {
        // The end of a payment stays its end, whatever is told late.
        var isOver = row.Status == IntentRow.Succeeded || row.Status == IntentRow.Canceled && state.Status != IntentStatus.Succeeded;
        var status = isOver ? row.Status : Word(state.Status);
        var error = status is IntentRow.Open ? state.Error : null;
        await (row with { ProviderId = state.Id, Status = status, Error = error }).Save(tx);
        if (error is not null && error != row.Error)
            await InvoiceJournal.RecordPayment(
                tx, null, invoice.Id, invoice.ContactId, "failed",
                $"Online payment of {Amounts.Of(row.Amount, row.Currency)} for invoice {invoice.Number} failed", error,
                new { paymentIntentId = state.Id, error });
    }

    private static string Word(IntentStatus status) => status switch
    {
        IntentStatus.Open => IntentRow.Open,
        IntentStatus.Processing => IntentRow.Processing,
        IntentStatus.Succeeded => IntentRow.Succeeded,
        IntentStatus.Canceled => IntentRow.Canceled,
    };
}

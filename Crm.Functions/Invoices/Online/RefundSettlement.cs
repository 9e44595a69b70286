using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Makes the ledger agree with what Stripe says was given back, ours as well as what somebody did in Stripe's dashboard: once, in any order. A refund that
/// fails afterwards leaves its entry, and another one that takes it back.
/// </summary>
internal static class RefundSettlement
{
    /// <summary>Settles one of ours; its entry in the ledger, none when it was not given back.</summary>
    public static Task<Guid?> Settle(Db db, Scope scope, Guid invoiceId, Guid refundId, CardRefund state, CancellationToken ct) =>
        db.Transaction(scope, async tx =>
        {
            var invoice = (await InvoiceRow.LockAny(tx, invoiceId))!;
            return await Settle(tx, invoice, (await RefundRow.Lock(tx, refundId))!, state);
        }, ct);

    /// <summary>Settles whatever Stripe tells of; false when what it gives back is not in the ledger.</summary>
    public static Task<bool> Settle(Db db, PlaceOfIntent place, CardRefund state, CancellationToken ct) => db.Transaction(place.Scope, async tx =>
    {
        var invoice = (await InvoiceRow.LockAny(tx, place.InvoiceId))!;
        var row = await RefundRow.LockNamed(tx, state.Id)
            ?? (PlaceOfIntent.Id(state.Metadata, "refund_id") is { } own ? await RefundRow.Lock(tx, own) : null);
        if (row is null || row.ProviderId is { } other && other != state.Id)
        {
            if (await PaidOnline.Find(tx, place.IntentId) is not { } paid)
                return false;
            row = await RefundRow.Insert(tx, new(
                Guid.CreateVersion7(tx.Now), invoice.Id, paid.Id, state.Id, state.Amount, state.Currency, null, RefundRow.Created, null, null, tx.Now, null));
        }

        await Settle(tx, invoice, row, state);
        return true;
    }, ct);

    private static async Task<Guid?> Settle(DbTransaction tx, InvoiceRow invoice, RefundRow row, CardRefund state)
    {
        if (state.IsGivenBack && row.Status is RefundRow.Created or RefundRow.Refused)
        {
            var entry = await Enter(tx, invoice, row, state);
            await (row with { ProviderId = state.Id, Status = RefundRow.Accepted, EntryId = entry }).Save(tx);
            return entry;
        }

        if (!state.IsGivenBack && row.Status != RefundRow.Failed)
        {
            await (row with { ProviderId = state.Id, Status = RefundRow.Failed }).Save(tx, state.Error);
            if (row.EntryId is not null)
                await TakeBack(tx, invoice, row, state);
        }

        return row.Status == RefundRow.Accepted && state.IsGivenBack ? row.EntryId : null;
    }

    private static async Task<Guid> Enter(DbTransaction tx, InvoiceRow invoice, RefundRow row, CardRefund state)
    {
        var today = await OrganizationDay.Of(tx);
        var outcome = await Ledger.Add(tx, row.ActorId, today, invoice, new(Payment.RefundKind, 0.00m - state.Amount, today)
        {
            Method = "stripe",
            Reference = state.Id,
            Notes = row.Reason,
            RefundOf = row.PaymentId,
            Provider = "stripe",
            ProviderRef = state.Id,
        });
        await InvoiceJournal.RecordPayment(
            tx, row.ActorId, invoice.Id, invoice.ContactId, "refunded", $"{Amounts.Of(state.Amount, state.Currency)} refunded for invoice {invoice.Number}",
            row.Reason, new { paymentId = row.PaymentId, refundId = outcome.Payment.Id, amount = state.Amount, state.Currency });
        return outcome.Payment.Id;
    }

    private static async Task TakeBack(DbTransaction tx, InvoiceRow invoice, RefundRow row, CardRefund state)
    {
        var today = await OrganizationDay.Of(tx);
        await Ledger.Add(tx, null, today, invoice, new(Payment.RefundKind, state.Amount, today)
        {
            Method = "stripe",
            Reference = state.Id,
            Notes = "A refund failed: the money came back.",
            RefundOf = row.PaymentId,
            Provider = "stripe",
            ProviderRef = $"{state.Id}/failed",
        });
        await DisputeSettlement.TakeRest(tx, today, invoice, row.PaymentId, state.Id);
        var amount = Amounts.Of(state.Amount, state.Currency);
        await PaymentNotices.Tell(
            tx, invoice, "refund.failed", $"The refund of {amount} for invoice {invoice.Number} failed",
            $"The money came back: {state.Error ?? "no reason was given"}.");
        await InvoiceJournal.RecordPayment(
            tx, null, invoice.Id, invoice.ContactId, "returned", $"The refund of {amount} for invoice {invoice.Number} failed", state.Error,
            new { paymentId = row.PaymentId, amount = state.Amount, state.Currency });
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Gives money back through Stripe. The row is committed before Stripe is asked and is the idempotency key: where an answer is lost Stripe is asked what it
/// did, and nothing stands in the ledger that Stripe has not said.
/// </summary>
internal static class CardRefunds
{
    /// <summary>What is asked for, or why it cannot be.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="payment">What was paid; its invoice is locked.</param>
    /// <param name="asked">Null: all that is left.</param>
    /// <param name="reason">Why.</param>
    public static async Task<(RefundRow? Refund, Error? Fault)> Begin(DbTransaction tx, Caller caller, Payment payment, decimal? asked, string? reason)
    {
        var open = await RefundRow.Open(tx, payment.Id);
        // One whose outcome is not known is brought to its end before another is begun.
        if (open.Find(refund => IsInDoubt(refund, tx.Now) && (asked is null || asked == refund.Amount)) is { } doubtful)
        {
            var again = (await RefundRow.Lock(tx, doubtful.Id))! with { AskedAt = tx.Now };
            await again.Save(tx);
            return (again, null);
        }

        var left = payment.Amount - payment.RefundedAmount - open.Sum(refund => refund.Amount);
        var amount = asked + 0.00m ?? left;
        if (amount > left || amount == 0)
            return (null, InvoiceRules.TooMuch(Errors.RefundExceedsPayment, left, payment.Currency));
        return (await RefundRow.Insert(tx, new(
            Guid.CreateVersion7(tx.Now), payment.InvoiceId, payment.Id, null, amount, payment.Currency, reason, RefundRow.Created, null, caller.UserId, tx.Now,
            null)), null);
    }

    /// <summary>Has Stripe give it back; the entry in the ledger, or why there is none.</summary>
    public static async Task<(Guid? EntryId, Error? Fault)> Carry(Db db, StripePayments stripe, Scope scope, RefundRow refund, CancellationToken ct)
    {
        var intent = await refund.Intent(db, scope, ct);
        if (refund.CheckedAt is not null)
        {
            var (done, fault) = await Find(db, stripe, scope, refund, intent, ct);
            if (done is not null || fault is not null)
                return (done, fault);
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app"] = "crm",
            ["organization_id"] = scope.OrganizationId.ToString(),
            ["invoice_id"] = refund.InvoiceId.ToString(),
            ["refund_id"] = refund.Id.ToString(),
        };
        var answer = await stripe.Refund(new(refund.Id, intent, refund.Amount, refund.Currency, metadata), CancellationToken.None);
        if (answer.Value is { } given)
            return (
                await RefundSettlement.Settle(db, scope, refund.InvoiceId, refund.Id, given, CancellationToken.None),
                given.IsGivenBack ? null : Failed(given));
        await Note(db, scope, refund, answer.Result is CallResult.Refused ? RefundRow.Refused : RefundRow.Created, answer.Error);
        return (null, answer.Result == CallResult.Refused
            ? answer.Fault()
            : Errors.ProviderUnavailable with
            {
                Message = "Stripe did not answer: whether it gives the money back is not known yet. It is found out by itself, or ask once more.",
                RetryAfter = answer.RetryAfter,
            });
    }

    /// <summary>Looks whether Stripe has done what it did not answer; neither an entry nor a fault means that it has not.</summary>
    public static async Task<(Guid? EntryId, Error? Fault)> Find(
        Db db, StripePayments stripe, Scope scope, RefundRow refund, string intent, CancellationToken ct)
    {
        var answer = await stripe.Refunds(intent, ct);
        if (answer.Value is not { } refunds)
            return (null, answer.Fault());
        return refunds.FirstOrDefault(one => PlaceOfIntent.Id(one.Metadata, "refund_id") == refund.Id) is { } found
            ? (await RefundSettlement.Settle(db, scope, refund.InvoiceId, refund.Id, found, ct), found.IsGivenBack ? null : Failed(found))
            : (null, null);
    }

    /// <summary>Notes that it was refused, or that no answer came.</summary>
    public static Task Note(Db db, Scope scope, RefundRow refund, string status, string? error) => db.Transaction(scope, async tx =>
    {
        if (await RefundRow.Lock(tx, refund.Id) is { Status: RefundRow.Created } row)
            await (row with { Status = status }).Save(tx, error);
        return true;
    }, CancellationToken.None);

    /// <summary>Gives one up that Stripe has never done, and tells who had asked for it.</summary>
    public static Task LetGo(Db db, Scope scope, RefundRow refund) => db.Transaction(scope, async tx =>
    {
        var invoice = (await InvoiceRow.LockAny(tx, refund.InvoiceId))!;
        // Somebody may have asked for it once more at this moment.
        if (await RefundRow.Lock(tx, refund.Id) is not { Status: RefundRow.Created } row || row.AskedAt != refund.AskedAt)
            return false;
        await (row with { Status = RefundRow.Refused }).Save(tx, "Stripe did not answer, and has not given it back.");
        await PaymentNotices.Tell(
            tx, invoice, "refund.failed", $"The refund of {Amounts.Of(row.Amount, row.Currency)} for invoice {invoice.Number} did not happen",
            "Stripe did not answer. Nothing was given back: refund it once more.");
        return true;
    }, CancellationToken.None);

    private static bool IsInDoubt(RefundRow refund, DateTimeOffset now) =>
        refund.CheckedAt is not null || refund.AskedAt < now - StripePayments.LongestCall;

    private static Error Failed(CardRefund refund) => Errors.ProviderError with { Message = $"Stripe could not give it back: {refund.Error}" };
}

using Crm.Shared.Database;
using Crm.Shared.Integrations.Stripe;
using Crm.Shared.Invoicing;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Asks Stripe how the payments of an invoice stand that were begun and are not done, and cancels those that it does not want any more: because it was paid
/// otherwise, changed, cancelled or deleted, or because nobody paid them for a day. Refunds that were not answered are looked up.
/// </summary>
public static class CheckPayments
{
    /// <summary>A customer who comes back later gets a new one.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <summary>Stripe lists at once what it has done: what is not there so long after the call was never done.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromMinutes(10);

    /// <param name="OrganizationId">Whose.</param>
    /// <param name="InvoiceId">The invoice.</param>
    /// <param name="Stale">Payments that ask for what is not owed any more, whatever they come to.</param>
    public sealed record Message(Guid? OrganizationId, Guid? InvoiceId, Guid[]? Stale);

    private sealed record Standing(IReadOnlyList<IntentRow> Live, IReadOnlySet<Guid> Unwanted);

    [Function("CheckPayments")]
    public static async Task Handle(
        [QueueTrigger(Queues.CheckPayments)] Message? message, Db db, StripePayments stripe, Receipts receipts, ILoggerFactory logs, CancellationToken ct)
    {
        var logger = logs.CreateLogger(nameof(CheckPayments));
        if (Queues.IsBlank(logger, Queues.CheckPayments, message?.OrganizationId, message?.InvoiceId))
            return;
        var (scope, invoiceId) = (new Scope(message!.OrganizationId!.Value), message.InvoiceId!.Value);
        // What Stripe has done since comes first: it may leave less that is wanted.
        foreach (var intent in (await Look(db, scope, invoiceId, [], ct)).Live)
        {
            if (intent.ProviderId is not null)
                await Checkout.Find(db, stripe, scope, intent, receipts, ct);
        }

        var after = await Look(db, scope, invoiceId, message.Stale ?? [], ct);
        foreach (var intent in after.Live.Where(intent => after.Unwanted.Contains(intent.Id) && intent.ProviderId is not null))
        {
            if (await Checkout.Cancel(db, stripe, scope, intent, receipts, ct) is { } fault)
                logger.LogWarning("Left the payment {IntentId} to the sweep: {Fault}", intent.Id, fault.Message);
        }

        foreach (var refund in await RefundRow.OpenOf(db, scope, invoiceId, ct))
            await Check(db, stripe, scope, refund, ct);
    }

    private static Task<Standing> Look(Db db, Scope scope, Guid invoiceId, Guid[] stale, CancellationToken ct) => db.Transaction(scope, async tx =>
    {
        if (await InvoiceRow.LockAny(tx, invoiceId) is not { } invoice)
            return new Standing([], new HashSet<Guid>());
        var live = await IntentRow.Live(tx, invoiceId);
        var unwanted = Unwanted(invoice, live, stale, tx.Now).ToHashSet();
        // Of one that Stripe has not answered for, nobody has the secret.
        foreach (var intent in live.Where(intent => intent.ProviderId is null
            && (unwanted.Contains(intent.Id) || intent.CreatedAt < tx.Now - StripePayments.LongestCall)))
            await intent.GiveUp(tx);
        return new Standing(live, unwanted);
    }, ct);

    private static IEnumerable<Guid> Unwanted(InvoiceRow invoice, List<IntentRow> live, Guid[] stale, DateTimeOffset now)
    {
        var isClosed = invoice.DeletedAt is not null || invoice.Status is InvoiceStates.Paid or InvoiceStates.Cancelled;
        var room = invoice.Rest - live.Where(intent => intent.Status == IntentRow.Processing).Sum(intent => intent.Amount);
        foreach (var intent in live.Where(intent => intent.Status != IntentRow.Processing))
        {
            if (isClosed || intent.Amount > room || intent.CreatedAt < now - Lifetime || stale.Contains(intent.Id))
                yield return intent.Id;
            else
                room -= intent.Amount;
        }
    }

    private static async Task Check(Db db, StripePayments stripe, Scope scope, RefundRow refund, CancellationToken ct)
    {
        var intent = await refund.Intent(db, scope, ct);
        var (entry, fault) = await CardRefunds.Find(db, stripe, scope, refund, intent, ct);
        if (entry is null && fault is null && refund.AskedAt < db.Now - Doubt)
            await CardRefunds.LetGo(db, scope, refund);
    }
}

using Crm.Shared.Database;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Stripe;

namespace Crm.Functions.Invoices.Online;

/// <summary>
/// Begins a payment online, or finds the one that was begun. The row is committed before Stripe is asked, its id travels along as metadata and as idempotency
/// key; while Stripe is asked nothing is locked.
/// </summary>
internal static class Checkout
{
    private const string App = "crm";
    private const int Rounds = 8;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string StatusSql = """
        select status
        from payment_intents
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <param name="Amount">Null: all that is still to be paid.</param>
    /// <param name="Currency">Null: the invoice's.</param>
    /// <param name="ActorId">Null: the customer.</param>
    public sealed record Wish(decimal? Amount, string? Currency, Guid? ActorId);

    /// <summary>What a browser needs, or why it cannot pay; neither when the scope does not hold the invoice.</summary>
    public static async Task<(PayInvoice.Response? Response, Error? Fault)> Open(
        Db db, StripePayments stripe, Scope scope, Guid invoiceId, Wish wish, Receipts receipts, CancellationToken ct)
    {
        if (!stripe.IsConfigured)
            return (null, Errors.PaymentsNotConfigured);
        // Each round finds out how things stand after the last one: what was in the way is gone, or has become a payment.
        for (var round = 0; round < Rounds; round++)
        {
            var plan = await db.Transaction(scope, tx => Reservation.Of(tx, invoiceId, wish), ct);
            if (plan.Invoice is not { } invoice || plan.Fault is not null)
                return (null, plan.Fault);
            var (intent, fault) = plan switch
            {
                { Made: { } made } => await Make(db, stripe, scope, invoice, made, ct),
                { Reused: { } reused } => await Find(db, stripe, scope, reused, receipts, ct),
                { Awaited: { } awaited } => (null, await Wait(db, scope, awaited, ct) ? null : Errors.ProviderUnavailable),
                _ => (null, await Clear(db, stripe, scope, plan.InTheWay, receipts, ct)),
            };
            if (fault is not null)
                return (null, fault);
            if (intent is { Status: IntentStatus.Open })
                return (new(
                    intent.ClientSecret ?? "", intent.Id, intent.Amount, intent.Currency.ToLowerInvariant(), stripe.PublishableKey,
                    new(invoice.Id, invoice.Number, invoice.Total, invoice.Rest)), null);
        }

        return (null, Errors.Overloaded);
    }

    private static async Task<(CardIntent? Intent, Error? Fault)> Make(
        Db db, StripePayments stripe, Scope scope, InvoiceRow invoice, IntentRow row, CancellationToken ct)
    {
        // Whoever asked may hang up; what they began is brought to an end all the same.
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app"] = App,
            ["organization_id"] = scope.OrganizationId.ToString(),
            ["invoice_id"] = invoice.Id.ToString(),
            ["intent_id"] = row.Id.ToString(),
        };
        var answer = await stripe.Create(new(row.Id, row.Amount, row.Currency, $"Invoice {invoice.Number}", metadata), CancellationToken.None);
        if (answer.Value is not { } intent)
        {
            // Should Stripe have made it after all: nobody has its secret, so nobody can pay it.
            await row.GiveUp(db, scope, IntentRow.Failed, answer.Error, CancellationToken.None);
            return (null, answer.Fault());
        }

        if (await row.Attach(db, scope, intent.Id, CancellationToken.None))
            return (intent, null);
        await stripe.Cancel(intent.Id, ct);
        return (null, null);
    }

    /// <summary>Asks Stripe how one stands, and writes that down; neither it nor a fault when Stripe does not know it.</summary>
    public static async Task<(CardIntent? Intent, Error? Fault)> Find(
        Db db, StripePayments stripe, Scope scope, IntentRow row, Receipts receipts, CancellationToken ct)
    {
        var answer = await stripe.Find(row.ProviderId!, ct);
        if (answer.Value is { } intent)
            await IntentSettlement.Settle(db, intent, receipts, null, ct);
        else if (answer.Result == CallResult.Refused)
            await row.Forget(db, scope, ct);
        else
            return (null, answer.Fault());
        return (answer.Value, null);
    }

    /// <summary>Waits until another request has made its own; false when it takes too long.</summary>
    private static async Task<bool> Wait(Db db, Scope scope, IntentRow awaited, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        while (!patience.IsCancellationRequested)
        {
            if (await db.Find<string>(scope, StatusSql, new { awaited.Id }, ct) != IntentRow.Created)
                return true;
            await Task.Delay(Glance, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ct.ThrowIfCancellationRequested();
        return false;
    }

    private static async Task<Error?> Clear(
        Db db, StripePayments stripe, Scope scope, IReadOnlyList<IntentRow> inTheWay, Receipts receipts, CancellationToken ct)
    {
        foreach (var row in inTheWay)
        {
            if (await Cancel(db, stripe, scope, row, receipts, ct) is { } fault)
                return fault;
        }

        return null;
    }

    /// <summary>Cancels one at Stripe, and writes down what became of it: paid meanwhile it stays so. Null, or why that is not known.</summary>
    public static async Task<Error?> Cancel(Db db, StripePayments stripe, Scope scope, IntentRow row, Receipts receipts, CancellationToken ct)
    {
        var answer = await stripe.Cancel(row.ProviderId!, ct);
        if (answer.Result == CallResult.Refused)
            return (await Find(db, stripe, scope, row, receipts, ct)).Fault;
        if (answer.Value is not { } intent)
            return answer.Fault();
        await IntentSettlement.Settle(db, intent, receipts, null, ct);
        return null;
    }
}

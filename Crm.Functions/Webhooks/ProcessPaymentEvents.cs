using Crm.Functions.Invoices.Online;
using Crm.Shared.Database;
using Crm.Shared.Integrations;
using Crm.Shared.Integrations.Stripe;
using Npgsql;

namespace Crm.Functions.Webhooks;

/// <summary>
/// Does what a stored event of Stripe's means. Events come late, early, twice and in any order: what is final in one is believed, for the rest Stripe is asked
/// how it stands now. What belongs to nothing here is parked.
/// </summary>
public static class ProcessPaymentEvents
{
    private const int LongestFault = 500;

    public sealed record Message(Guid? EventId);

    private sealed record Stored(Guid Id, string Body);

    private const string FindSql = """
        select id, body
        from provider_events
        where id = @EventId
          and provider = 'stripe'
          and status = 'received'
        """;

    private const string MarkSql = """
        update provider_events
        set status = @Status, error = @Fault, organization_id = coalesce(@Whose::uuid, organization_id), processed_at = @Now
        where id = @Id
          and status = 'received'
        """;

    /// <summary>Whose it was, and why it is parked; with neither it is nothing that anybody here waits for.</summary>
    private sealed record Outcome(Guid? Whose, string? Fault);

    private static readonly Outcome Ignored = new(null, null);

    [Function("ProcessPaymentEvents")]
    public static async Task Handle(
        [QueueTrigger(Queues.PaymentEvents)] Message? message, Db db, StripePayments stripe, Receipts receipts, ILoggerFactory logs, CancellationToken ct)
    {
        var logger = logs.CreateLogger(nameof(ProcessPaymentEvents));
        if (Queues.IsBlank(logger, Queues.PaymentEvents, message?.EventId))
            return;
        if (await db.Find<Stored>(Scope.Global, FindSql, new { message!.EventId }, ct) is not { } stored)
            return;
        Outcome outcome;
        try
        {
            outcome = await Process(db, stripe, receipts, StripeEvent.Of(stored.Body), ct);
        }
        catch (StripeSilentException exception)
        {
            // It stays received, and the sweep tries it again.
            logger.LogWarning("Left the event {EventId} to the sweep: {Reason}", stored.Id, exception.Message);
            return;
        }
        catch (Exception exception) when (exception is not OperationCanceledException and not NpgsqlException { IsTransient: true })
        {
            logger.LogError(exception, "Could not process the event {EventId}", stored.Id);
            outcome = new(null, exception.Message.Length > LongestFault ? exception.Message[..LongestFault] : exception.Message);
        }

        await db.Execute(Scope.Global, MarkSql, new
        {
            stored.Id,
            Status = outcome.Fault is null ? "processed" : "parked",
            outcome.Fault,
            outcome.Whose,
            db.Now,
        }, ct);
    }

    private static Task<Outcome> Process(Db db, StripePayments stripe, Receipts receipts, StripeEvent told, CancellationToken ct) => told.Type switch
    {
        "payment_intent.succeeded" or "payment_intent.canceled" when told.Intent is { } intent => Payment(db, receipts, intent, told.At, ct),
        "payment_intent.processing" or "payment_intent.payment_failed" or "payment_intent.requires_action" when told.Intent is { } intent =>
            Payment(db, stripe, receipts, intent, ct),
        "charge.refunded" when told.ChargeOf is { } intent => Refunds(db, stripe, receipts, intent, ct),
        "refund.created" or "refund.updated" or "refund.failed" or "charge.refund.updated" when told.Refund is { IntentId: { } intent } refund =>
            About(db, stripe, receipts, intent, place => RefundSettlement.Settle(db, place, refund, ct), ct),
        "charge.dispute.created" or "charge.dispute.updated" or "charge.dispute.closed" or "charge.dispute.funds_withdrawn"
            or "charge.dispute.funds_reinstated" when told.Dispute is { IntentId: { } intent } dispute =>
            Dispute(db, stripe, receipts, intent, dispute, ct),
        _ => Task.FromResult(Ignored),
    };

    private static async Task<Outcome> Payment(Db db, Receipts receipts, CardIntent intent, DateTimeOffset at, CancellationToken ct) =>
        await IntentSettlement.Settle(db, intent, receipts, at, ct) is { } place ? new(place.OrganizationId, null) : Foreign(intent.Id);

    private static async Task<Outcome> Payment(Db db, StripePayments stripe, Receipts receipts, CardIntent intent, CancellationToken ct)
    {
        if (await PlaceOfIntent.Find(db, intent.Id, intent.Metadata, ct) is not { } place)
            return Foreign(intent.Id);
        await IntentSettlement.Settle(db, Answered(await stripe.Find(intent.Id, ct)), receipts, null, ct);
        return new(place.OrganizationId, null);
    }

    private static async Task<Outcome> Refunds(Db db, StripePayments stripe, Receipts receipts, string intentId, CancellationToken ct)
    {
        var answer = await stripe.Refunds(intentId, ct);
        if (answer.Result == CallResult.Refused)
            return Foreign(intentId);
        foreach (var refund in Answered(answer))
        {
            if (await About(db, stripe, receipts, intentId, place => RefundSettlement.Settle(db, place, refund, ct), ct) is { Fault: not null } parked)
                return parked;
        }

        return new((await PlaceOfIntent.Find(db, intentId, ct))?.OrganizationId, null);
    }

    // What is lost is what was not given back before: of that Stripe may have told, and we not have heard, yet.
    private static async Task<Outcome> Dispute(
        Db db, StripePayments stripe, Receipts receipts, string intentId, CardDispute dispute, CancellationToken ct)
    {
        if (dispute.Status == DisputeStatus.Lost && await Refunds(db, stripe, receipts, intentId, ct) is { Fault: not null } parked)
            return parked;
        return await About(db, stripe, receipts, intentId, place => DisputeSettlement.Settle(db, place, dispute, ct), ct);
    }

    // What is about a payment may come before what tells of the payment itself.
    private static async Task<Outcome> About(
        Db db, StripePayments stripe, Receipts receipts, string intentId, Func<PlaceOfIntent, Task<bool>> settle, CancellationToken ct)
    {
        var place = await PlaceOfIntent.Find(db, intentId, ct);
        if (place is not null && await settle(place))
            return new(place.OrganizationId, null);
        var answer = await stripe.Find(intentId, ct);
        if (answer.Result == CallResult.Refused)
            return Foreign(intentId);
        place = await IntentSettlement.Settle(db, Answered(answer), receipts, null, ct);
        return place is null ? Foreign(intentId)
            : await settle(place) ? new(place.OrganizationId, null)
            : new(place.OrganizationId, $"Stripe has no money for {intentId}, and yet tells of some.");
    }

    private static Outcome Foreign(string id) => new(null, $"The payment {id} was not begun here.");

    private static T Answered<T>(StripeAnswer<T> answer) => answer.Value ?? throw new StripeSilentException(answer.Error);

    /// <summary>Stripe does not answer now: it is asked later.</summary>
    private sealed class StripeSilentException(string? reason) : Exception(reason);
}

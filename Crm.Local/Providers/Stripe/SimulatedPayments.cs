using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// Lets happen what customers, their banks and people in the vendor's dashboard do; the app is told at once, unless <c>webhook</c> says later (by itself) or
/// never.
/// </summary>
internal sealed class SimulatedPayments(StripeAccount account, StripeEvents events)
{
    /// <param name="Outcome">succeeded, failed, processing or requires_action.</param>
    /// <param name="Webhook">now (default), later or never.</param>
    public sealed record PayRequest(string? PaymentIntentId, string? Outcome, string? Webhook);

    /// <param name="Amount">In minor units; all that is left by default.</param>
    /// <param name="Outcome">succeeded (default), or failed: then the payment's last refund comes back.</param>
    public sealed record RefundRequest(string? PaymentIntentId, long? Amount, string? Outcome, string? Webhook);

    /// <param name="Outcome">open (default), won or lost.</param>
    public sealed record DisputeRequest(string? PaymentIntentId, string? Outcome, string? Webhook);

    public void Map(IEndpointRouteBuilder simulate)
    {
        simulate.MapPost("/pay", (PayRequest request, CancellationToken ct) =>
            Happen(request.PaymentIntentId, request.Webhook, intent => Pay(intent, request.Outcome), ct));
        simulate.MapPost("/refund", (RefundRequest request, CancellationToken ct) =>
            Happen(request.PaymentIntentId, request.Webhook, intent => Refund(intent, request), ct));
        simulate.MapPost("/dispute", (DisputeRequest request, CancellationToken ct) =>
            Happen(request.PaymentIntentId, request.Webhook, intent => Dispute(intent, request.Outcome), ct));
    }

    private async Task<IResult> Happen(string? id, string? webhook, Func<JsonObject, JsonObject[]> act, CancellationToken ct)
    {
        if (webhook is not (null or "now" or "later" or "never"))
            return Results.BadRequest(new { error = "webhook must be now, later or never." });
        JsonObject[] told;
        string[] bodies;
        string status;
        lock (account.Objects.Lock)
        {
            if (account.Objects.Find(id ?? "") is not { } intent || (string?)intent["object"] != "payment_intent")
                return Results.NotFound(new { error = "There is no such payment: paymentIntentId is what POST /invoices/{id}/pay answers." });
            told = act(intent);
            bodies = [.. told.Select(one => one.ToJsonString())];
            status = (string)intent["status"]!;
            if (webhook == "later")
                events.TellLater(told);
        }

        var answers = new List<int>();
        if (webhook is null or "now")
        {
            foreach (var body in bodies)
                answers.Add(await events.Happen(body, ct));
        }

        var answer = new { paymentIntentId = id, status, events = told.Select(one => (string)one["type"]!), app = answers };
        var isTaken = answers.TrueForAll(one => one < StatusCodes.Status400BadRequest);
        return Results.Json(answer, statusCode: isTaken ? StatusCodes.Status200OK : StatusCodes.Status502BadGateway);
    }

    private JsonObject[] Pay(JsonObject intent, string? outcome)
    {
        if ((string)intent["status"]! is "succeeded" or "canceled")
            throw new FormatException($"The payment is {intent["status"]} already.");
        return outcome switch
        {
            null or "succeeded" => [account.Succeed(intent)],
            "failed" => [account.Decline(intent, "generic_decline", "Your card was declined.")],
            "processing" => [account.Process(intent)],
            "requires_action" => [account.Ask(intent, "/stripe/challenge", "")],
            _ => throw new FormatException("outcome must be succeeded, failed, processing or requires_action."),
        };
    }

    private JsonObject[] Refund(JsonObject intent, RefundRequest request)
    {
        if (request.Outcome == "failed")
            return account.Objects.All("refund").LastOrDefault(one => (string)one["payment_intent"]! == (string)intent["id"]!) is { } last
                ? [account.FailRefund(last)]
                : throw new FormatException("Nothing was given back of it.");
        var left = account.Left(intent);
        var amount = request.Amount ?? left;
        return amount < 1 || amount > left
            ? throw new FormatException($"amount must be from 1 to {left}, in minor units.")
            : account.Refund(intent, amount, []).Events;
    }

    private JsonObject[] Dispute(JsonObject intent, string? outcome) => (string)intent["status"]! == "succeeded"
        ? [account.Dispute(intent, outcome is "won" or "lost" ? outcome : "needs_response")]
        : throw new FormatException("Only what was paid is disputed.");
}

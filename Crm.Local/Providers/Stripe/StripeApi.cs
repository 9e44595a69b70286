using System.Globalization;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// Stripe's payment intents and refunds, held to the vendor's own API description: what the app calls, with its secret key. Like the vendor it does once what
/// comes twice with one key.
/// </summary>
internal sealed class StripeApi(StripeAccount account, StripeCalls calls, StripeEvents events, Faults faults, AppLink app)
{
    private const string Intents = "/v1/payment_intents";
    private const string IntentCancel = "/v1/payment_intents/{intent}/cancel";
    private const string RefundsPath = "/v1/refunds";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Intents, (HttpContext context) => Write(context, Intents, form => Create(form)));
        routes.MapPost(IntentCancel, (HttpContext context, string intent) => Write(context, IntentCancel, form => Cancel(intent, form)));
        routes.MapPost(RefundsPath, (HttpContext context) => Write(context, RefundsPath, form => Refund(form)));
        routes.MapGet($"{Intents}/{{intent}}", (HttpContext context, string intent) => Read(context, () => Fetch(intent, context.Request.Query)));
        routes.MapGet(RefundsPath, (HttpContext context) => Read(context, () => ListRefunds(context.Request.Query)));
        routes.MapGet("/v1/events/{id}", (HttpContext context, string id) => Read(context, () => Object(id, "event")));
    }

    // The key is free again before anybody hears of the answer: who then tries again at once is not in its own way.
    private async Task Write(HttpContext context, string path, Func<IReadOnlyDictionary<string, string>, StripeCalls.Answer> run)
    {
        var (answer, fault) = await UnderKey(context, path, run);
        if (!Faults.Breaks(fault, context))
            await Answer(context, answer);
    }

    private async Task<(StripeCalls.Answer Answer, Fault? Fault)> UnderKey(
        HttpContext context, string path, Func<IReadOnlyDictionary<string, string>, StripeCalls.Answer> run)
    {
        var ct = context.RequestAborted;
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(ct) : null;
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        using var entered = calls.Enter(key);
        if (entered is null)
        {
            var busy = new StripeError(
                StatusCodes.Status409Conflict, "idempotency_error", "There is currently another in-progress request using this Idempotent Key.")
            {
                Code = "idempotency_key_in_use",
            };
            return (StripeCalls.Answer.Of(busy), null);
        }

        var fault = await faults.Apply("stripe", ct);
        if (Refusal(context, fault) is { } refusal)
            return (refusal, null);
        var fields = (form ?? FormCollection.Empty).ToDictionary(field => field.Key, field => field.Value[^1] ?? "", StringComparer.Ordinal);
        var sorted = fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={field.Value}");
        var call = $"{context.Request.Path} {string.Join('&', sorted)}";
        var answer = context.Request.ContentLength > 0 && form is null
            ? StripeCalls.Answer.Of(new StripeError(StatusCodes.Status400BadRequest, "invalid_request_error", "The body must be a form."))
            : StripeForm.Check(path, fields) is { } error ? StripeCalls.Answer.Of(error)
            : calls.Once(key, call, () => run(fields));
        return (answer, fault);
    }

    private async Task Read(HttpContext context, Func<StripeCalls.Answer> run)
    {
        var fault = await faults.Apply("stripe", context.RequestAborted);
        if (Refusal(context, fault) is not { } answer)
        {
            if (Faults.Breaks(fault, context))
                return;
            lock (account.Objects.Lock)
                answer = run();
        }

        await Answer(context, answer);
    }

    private StripeCalls.Answer? Refusal(HttpContext context, Fault? fault)
    {
        var error = fault is { Status: { } status, AnswerLost: false } ? Simulated(status)
            : context.Request.Headers.Authorization != $"Bearer {app.StripeSecretKey}"
                ? new StripeError(StatusCodes.Status401Unauthorized, "invalid_request_error", "Invalid API Key provided")
            : null;
        return error is null ? null : StripeCalls.Answer.Of(error);
    }

    private static StripeError Simulated(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => new(status, "invalid_request_error", "Too many requests.") { Code = "rate_limit" },
        StatusCodes.Status402PaymentRequired => new(status, "card_error", "Your card was declined.") { Code = "card_declined" },
        < StatusCodes.Status500InternalServerError => new(status, "invalid_request_error", "simulated failure"),
        _ => new(status, "api_error", "simulated failure"),
    };

    private static Task Answer(HttpContext context, StripeCalls.Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        context.Response.Headers["Request-Id"] = $"req_{context.TraceIdentifier}";
        if (answer.IsReplayed)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        return context.Response.WriteAsync(answer.Body);
    }

    private StripeCalls.Answer Create(IReadOnlyDictionary<string, string> form)
    {
        if (form["currency"] is not { Length: 3 } currency || currency.Any(letter => letter is < 'a' or > 'z'))
            return StripeCalls.Answer.Of(new StripeError(StatusCodes.Status400BadRequest, "invalid_request_error", $"Invalid currency: {form["currency"]}")
            {
                Param = "currency",
            });
        if (long.Parse(form["amount"], CultureInfo.InvariantCulture) < (currency == "gbp" ? 30 : 50))
            return StripeCalls.Answer.Of(new StripeError(StatusCodes.Status400BadRequest, "invalid_request_error", "Amount is too small.")
            {
                Code = "amount_too_small",
                Param = "amount",
            });
        return StripeCalls.Answer.Of(account.NewIntent(form));
    }

    private StripeCalls.Answer Cancel(string id, IReadOnlyDictionary<string, string> form)
    {
        if (account.Objects.Find(id) is not { } intent || (string?)intent["object"] != "payment_intent")
            return StripeCalls.Answer.Of(StripeError.Missing("payment_intent", id));
        if ((string)intent["status"]! is "succeeded" or "processing" or "canceled")
            return StripeCalls.Answer.Of(StripeError.State($"You cannot cancel this PaymentIntent because it has a status of {intent["status"]}."));
        events.Follow(account.Cancel(intent, form.GetValueOrDefault("cancellation_reason")));
        return StripeCalls.Answer.Of(intent);
    }

    private StripeCalls.Answer Refund(IReadOnlyDictionary<string, string> form)
    {
        var id = form.GetValueOrDefault("payment_intent", "");
        if (account.Objects.Find(id) is not { } intent || (string?)intent["object"] != "payment_intent")
            return StripeCalls.Answer.Of(StripeError.Missing("payment_intent", id));
        var left = account.Left(intent);
        var amount = form.TryGetValue("amount", out var text) ? long.Parse(text, CultureInfo.InvariantCulture) : left;
        if ((string)intent["status"]! != "succeeded" || amount < 1 || amount > left)
            return StripeCalls.Answer.Of(new StripeError(
                StatusCodes.Status400BadRequest, "invalid_request_error",
                left == 0 ? $"Charge {intent["latest_charge"]} has already been refunded." : "Refund amount is greater than unrefunded amount on charge.")
            {
                Code = left == 0 ? "charge_already_refunded" : null,
                Param = "amount",
            });
        var (refund, told) = account.Refund(intent, amount, StripeResources.Metadata(form));
        events.Follow(told);
        return StripeCalls.Answer.Of(refund);
    }

    private StripeCalls.Answer Fetch(string id, IQueryCollection query)
    {
        if (account.Objects.Find(id) is not { } intent || (string?)intent["object"] != "payment_intent")
            return StripeCalls.Answer.Of(StripeError.Missing("payment_intent", id));
        if (!query.Any(field => field.Key.StartsWith("expand", StringComparison.Ordinal) && field.Value == "latest_charge") || intent["latest_charge"] is null)
            return StripeCalls.Answer.Of(intent);
        var whole = intent.DeepClone().AsObject();
        whole["latest_charge"] = account.Objects.Find((string)intent["latest_charge"]!)!.DeepClone();
        return StripeCalls.Answer.Of(whole);
    }

    private StripeCalls.Answer ListRefunds(IQueryCollection query)
    {
        var found = account.Objects.All("refund").Where(refund => (string)refund["payment_intent"]! == query["payment_intent"]).Reverse();
        var list = new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. found.Select(refund => refund.DeepClone())]),
            ["has_more"] = false,
            ["url"] = RefundsPath,
        };
        return StripeCalls.Answer.Of(list);
    }

    private StripeCalls.Answer Object(string id, string kind) =>
        account.Objects.Find(id) is { } found && (string?)found["object"] == kind
            ? StripeCalls.Answer.Of(found)
            : StripeCalls.Answer.Of(StripeError.Missing(kind, id));
}

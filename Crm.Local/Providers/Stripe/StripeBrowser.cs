using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// What a customer's browser does with Stripe: a stand-in for Stripe.js, the call by which it pays, and the page on which a bank asks whether it is them. The
/// numbers of Stripe's own test cards do here what they do there.
/// </summary>
internal sealed class StripeBrowser(StripeAccount account, StripeEvents events, Faults faults, AppLink app)
{
    private const string ChallengePath = "/stripe/challenge";
    private const string Good = "4242424242424242";
    private const string Asks = "4000002500003155";
    private const string Slow = "000123456789";

    private static readonly Dictionary<string, (string Code, string Message)> Declines = new(StringComparer.Ordinal)
    {
        ["4000000000000002"] = ("generic_decline", "Your card was declined."),
        ["4000000000009995"] = ("insufficient_funds", "Your card has insufficient funds."),
        ["4000000000000069"] = ("expired_card", "Your card has expired."),
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stripe/stripe.js", (HttpContext context) => Page(context, "stripe.js", "text/javascript; charset=utf-8"));
        routes.MapGet(ChallengePath, (HttpContext context) => Page(context, "challenge.html", "text/html; charset=utf-8"));
        routes.MapGet("/stripe/challenge.js", (HttpContext context) => Page(context, "challenge.js", "text/javascript; charset=utf-8"));
        routes.MapPost("/v1/payment_intents/{id}/confirm", Confirm);
        routes.MapPost("/v1/payment_intents/{id}/challenge", Answer);
    }

    // Browsers come from the app's page, which is another origin.
    private static void LetIn(HttpContext context) => context.Response.Headers.AccessControlAllowOrigin = "*";

    private static IResult Page(HttpContext context, string file, string type)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Stream(typeof(StripeBrowser).Assembly.GetManifestResourceStream($"Crm.Local.Providers.Pages.{file}")!, type);
    }

    private async Task<IResult> Confirm(HttpContext context, string id)
    {
        LetIn(context);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var fault = await faults.Apply("stripe", context.RequestAborted);
        if (fault is { Status: { } status, AnswerLost: false })
            return Refuse(new(status, "api_error", "simulated failure"));
        var answer = Locked(id, form, intent => Pay(intent, form));
        return Faults.Breaks(fault, context) ? Results.Empty : answer;
    }

    private async Task<IResult> Answer(HttpContext context, string id)
    {
        LetIn(context);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        return Locked(id, form, intent =>
        {
            if ((string)intent["status"]! != "requires_action")
                return Refuse(StripeError.State("Nobody asks."));
            events.Follow(form["outcome"] == "succeeded"
                ? account.Succeed(intent)
                : account.Decline(intent, "authentication_required", "We are unable to authenticate your payment method."));
            return Show(intent);
        });
    }

    private IResult Locked(string id, IFormCollection form, Func<JsonObject, IResult> act)
    {
        lock (account.Objects.Lock)
        {
            return account.Objects.Find(id) is not { } intent || (string?)intent["client_secret"] != form["client_secret"]
                ? Refuse(StripeError.Missing("payment_intent", id))
                : act(intent);
        }
    }

    private IResult Pay(JsonObject intent, IFormCollection form)
    {
        if (form["key"] != app.StripePublishableKey)
            return Refuse(new(StatusCodes.Status401Unauthorized, "invalid_request_error", "Invalid API Key provided"));
        if ((string)intent["status"]! is not ("requires_payment_method" or "requires_action"))
            return Refuse(StripeError.State($"This PaymentIntent's status is {intent["status"]}."));
        var number = new string([.. form["payment_method_data[card][number]"].ToString().Where(char.IsAsciiDigit)]);
        if (Declines.TryGetValue(number, out var decline))
        {
            events.Follow(account.Decline(intent, decline.Code, decline.Message));
            return Refuse(new(StatusCodes.Status402PaymentRequired, "card_error", decline.Message) { Code = "card_declined", DeclineCode = decline.Code });
        }

        if (number is not (Good or Asks or Slow))
            return Refuse(new(StatusCodes.Status402PaymentRequired, "card_error", "Your card number is incorrect.") { Code = "incorrect_number" });
        events.Follow(number switch
        {
            Asks => account.Ask(intent, Challenge(intent, form["return_url"].ToString()), form["return_url"].ToString()),
            Slow => account.Process(intent),
            _ => account.Succeed(intent),
        });
        return Show(intent);
    }

    // Of this server: the stand-in for Stripe.js knows where it came from.
    private static string Challenge(JsonObject intent, string returnUrl) =>
        $"{ChallengePath}?intent={intent["id"]}&secret={Uri.EscapeDataString((string)intent["client_secret"]!)}&return={Uri.EscapeDataString(returnUrl)}";

    private static IResult Show(JsonObject intent) => Results.Text(intent.ToJsonString(), "application/json");

    private static IResult Refuse(StripeError error) => Results.Json(error.Body, statusCode: error.Status);
}

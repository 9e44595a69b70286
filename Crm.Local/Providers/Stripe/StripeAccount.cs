using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// The account that the app has with the vendor: what is begun, paid, given back and disputed in it. Each change is an event; those that follow from a call
/// of the app or of a browser are told by themselves (<see cref="AppLink.ConfirmsDeliveries"/>), what somebody lets happen is told at once.
/// </summary>
internal sealed class StripeAccount(StripeObjects objects, AppLink app)
{
    private const string ApiVersion = "2026-10-28.endive";

    public StripeObjects Objects => objects;

    public JsonObject NewIntent(IReadOnlyDictionary<string, string> form)
    {
        var id = NewId("pi");
        var intent = new JsonObject
        {
            ["id"] = id,
            ["object"] = "payment_intent",
            ["amount"] = long.Parse(form["amount"], CultureInfo.InvariantCulture),
            ["amount_capturable"] = 0L,
            ["amount_received"] = 0L,
            ["automatic_payment_methods"] = new JsonObject { ["enabled"] = true },
            ["canceled_at"] = null,
            ["cancellation_reason"] = null,
            ["capture_method"] = "automatic",
            ["client_secret"] = $"{id}_secret_{RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 25)}",
            ["confirmation_method"] = "automatic",
            ["created"] = Now(),
            ["currency"] = form["currency"],
            ["customer"] = null,
            ["description"] = form.GetValueOrDefault("description"),
            ["last_payment_error"] = null,
            ["latest_charge"] = null,
            ["livemode"] = false,
            ["metadata"] = Metadata(form),
            ["next_action"] = null,
            ["payment_method"] = null,
            ["payment_method_types"] = new JsonArray("card"),
            ["status"] = "requires_payment_method",
        };
        objects.Save(intent);
        return intent;
    }

    /// <summary>The money is there.</summary>
    public JsonObject Succeed(JsonObject intent)
    {
        var charge = new JsonObject
        {
            ["id"] = NewId("ch"),
            ["object"] = "charge",
            ["amount"] = (long)intent["amount"]!,
            ["amount_captured"] = (long)intent["amount"]!,
            ["amount_refunded"] = 0L,
            ["captured"] = true,
            ["created"] = Now(),
            ["currency"] = (string)intent["currency"]!,
            ["disputed"] = false,
            ["livemode"] = false,
            ["metadata"] = intent["metadata"]!.DeepClone(),
            ["paid"] = true,
            ["payment_intent"] = (string)intent["id"]!,
            ["refunded"] = false,
            ["status"] = "succeeded",
        };
        objects.Save(charge);
        intent["amount_received"] = (long)intent["amount"]!;
        intent["latest_charge"] = (string)charge["id"]!;
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        return Become(intent, "succeeded", "payment_intent.succeeded");
    }

    /// <summary>The bank has been asked, and answers in some days.</summary>
    public JsonObject Process(JsonObject intent) => Become(intent, "processing", "payment_intent.processing");

    public JsonObject Decline(JsonObject intent, string code, string message)
    {
        intent["last_payment_error"] = new JsonObject { ["type"] = "card_error", ["code"] = "card_declined", ["decline_code"] = code, ["message"] = message };
        intent["next_action"] = null;
        return Become(intent, "requires_payment_method", "payment_intent.payment_failed");
    }

    /// <summary>The customer's bank wants to ask them.</summary>
    public JsonObject Ask(JsonObject intent, string url, string returnUrl)
    {
        intent["next_action"] = new JsonObject
        {
            ["type"] = "redirect_to_url",
            ["redirect_to_url"] = new JsonObject { ["url"] = url, ["return_url"] = returnUrl },
        };
        return Become(intent, "requires_action", "payment_intent.requires_action");
    }

    public JsonObject Cancel(JsonObject intent, string? reason)
    {
        intent["canceled_at"] = Now();
        intent["cancellation_reason"] = reason;
        return Become(intent, "canceled", "payment_intent.canceled");
    }

    /// <summary>What of a payment was not given back yet, in minor units.</summary>
    public long Left(JsonObject intent) => (long)intent["amount_received"]! - Charge(intent) switch
    {
        { } charge => (long)charge["amount_refunded"]!,
        null => 0,
    };

    /// <summary>Gives back; the events that tell of it: refund.created and charge.refunded.</summary>
    public (JsonObject Refund, JsonObject[] Events) Refund(JsonObject intent, long amount, JsonObject metadata)
    {
        var charge = Charge(intent)!;
        var refund = new JsonObject
        {
            ["id"] = NewId("re"),
            ["object"] = "refund",
            ["amount"] = amount,
            ["charge"] = (string)charge["id"]!,
            ["created"] = Now(),
            ["currency"] = (string)intent["currency"]!,
            ["failure_reason"] = null,
            ["metadata"] = metadata,
            ["payment_intent"] = (string)intent["id"]!,
            ["reason"] = null,
            ["status"] = "succeeded",
        };
        objects.Save(refund);
        charge["amount_refunded"] = (long)charge["amount_refunded"]! + amount;
        charge["refunded"] = (long)charge["amount_refunded"]! == (long)charge["amount"]!;
        objects.Save(charge);
        return (refund, [Event("refund.created", refund), Event("charge.refunded", charge)]);
    }

    /// <summary>A refund comes back: the customer's bank did not take it.</summary>
    public JsonObject FailRefund(JsonObject refund)
    {
        refund["status"] = "failed";
        refund["failure_reason"] = "lost_or_stolen_card";
        objects.Save(refund);
        var charge = objects.Find((string)refund["charge"]!)!;
        charge["amount_refunded"] = (long)charge["amount_refunded"]! - (long)refund["amount"]!;
        charge["refunded"] = false;
        objects.Save(charge);
        return Event("refund.failed", refund);
    }

    /// <summary>The customer has their bank take it back, or the bank has decided.</summary>
    /// <param name="intent">What was paid.</param>
    /// <param name="status">needs_response, won or lost.</param>
    public JsonObject Dispute(JsonObject intent, string status)
    {
        var dispute = objects.All("dispute").FirstOrDefault(one => (string)one["payment_intent"]! == (string)intent["id"]!);
        var type = dispute is null ? "charge.dispute.created" : status == "needs_response" ? "charge.dispute.updated" : "charge.dispute.closed";
        dispute ??= new JsonObject
        {
            ["id"] = NewId("du"),
            ["object"] = "dispute",
            ["amount"] = (long)intent["amount_received"]!,
            ["charge"] = (string?)intent["latest_charge"],
            ["created"] = Now(),
            ["currency"] = (string)intent["currency"]!,
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = (string)intent["id"]!,
            ["reason"] = "product_not_received",
        };
        dispute["status"] = status;
        objects.Save(dispute);
        return Event(type, dispute);
    }

    /// <summary>What was told, or would have been, the oldest first.</summary>
    public IReadOnlyList<string> Events()
    {
        lock (objects.Lock)
            return [.. objects.All("event").Select(one => one.ToJsonString())];
    }

    private JsonObject? Charge(JsonObject intent) => (string?)intent["latest_charge"] is { } id ? objects.Find(id) : null;

    private JsonObject Become(JsonObject intent, string status, string type)
    {
        intent["status"] = status;
        objects.Save(intent);
        return Event(type, intent);
    }

    private JsonObject Event(string type, JsonObject about)
    {
        var told = about.DeepClone();
        var happened = new JsonObject
        {
            ["id"] = NewId("evt"),
            ["object"] = "event",
            ["api_version"] = ApiVersion,
            ["created"] = Now(),
            ["data"] = new JsonObject { ["object"] = told },
            ["livemode"] = false,
            ["pending_webhooks"] = 1,
            ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
            ["type"] = type,
        };
        objects.Save(happened);
        return happened;
    }

    public static JsonObject Metadata(IReadOnlyDictionary<string, string> form)
    {
        const string Prefix = "metadata[";
        var metadata = new JsonObject();
        foreach (var (name, value) in form.Where(field => field.Key.StartsWith(Prefix, StringComparison.Ordinal)))
            metadata[name[Prefix.Length..^1]] = value;
        return metadata;
    }

    private long Now() => app.Time.GetUtcNow().ToUnixTimeSeconds();

    private static string NewId(string prefix) =>
        $"{prefix}_{RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 24)}";
}

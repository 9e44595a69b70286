using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>
/// The account that the app has with the vendor: what is begun, paid, given back and disputed in it. Each change is an event; those that follow from a call
/// of the app or of a browser are told by themselves (<see cref="AppLink.ConfirmsDeliveries"/>), what somebody lets happen is told at once.
/// </summary>
internal sealed class StripeAccount(StripeObjects objects, AppLink app)
{
    public StripeObjects Objects => objects;

    public JsonObject NewIntent(IReadOnlyDictionary<string, string> form)
    {
        var intent = StripeResources.Intent(form, Now());
        objects.Save(intent);
        return intent;
    }

    /// <summary>The money is there.</summary>
    public JsonObject Succeed(JsonObject intent)
    {
        var charge = StripeResources.Charge(intent, Now());
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
        var refund = StripeResources.Refund(intent, charge, amount, metadata, Now());
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
        dispute ??= StripeResources.Dispute(intent, Now());
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
        var happened = StripeResources.Event(type, about, Now());
        objects.Save(happened);
        return happened;
    }

    private long Now() => app.Time.GetUtcNow().ToUnixTimeSeconds();
}

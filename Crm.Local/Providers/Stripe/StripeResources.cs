using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers.Stripe;

/// <summary>The vendor's objects as its API answers them: what of each an app may look at.</summary>
internal static class StripeResources
{
    private const string ApiVersion = "2026-10-28.endive";
    private const string Digits = "0123456789";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    public static JsonObject Intent(IReadOnlyDictionary<string, string> form, long now)
    {
        var id = NewId("pi");
        return new()
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
            ["client_secret"] = $"{id}_secret_{RandomNumberGenerator.GetString(Letters + Digits, 25)}",
            ["confirmation_method"] = "automatic",
            ["created"] = now,
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
    }

    public static JsonObject Charge(JsonObject intent, long now) => new()
    {
        ["id"] = NewId("ch"),
        ["object"] = "charge",
        ["amount"] = (long)intent["amount"]!,
        ["amount_captured"] = (long)intent["amount"]!,
        ["amount_refunded"] = 0L,
        ["captured"] = true,
        ["created"] = now,
        ["currency"] = (string)intent["currency"]!,
        ["disputed"] = false,
        ["livemode"] = false,
        ["metadata"] = intent["metadata"]!.DeepClone(),
        ["paid"] = true,
        ["payment_intent"] = (string)intent["id"]!,
        ["refunded"] = false,
        ["status"] = "succeeded",
    };

    public static JsonObject Refund(JsonObject intent, JsonObject charge, long amount, JsonObject metadata, long now) => new()
    {
        ["id"] = NewId("re"),
        ["object"] = "refund",
        ["amount"] = amount,
        ["charge"] = (string)charge["id"]!,
        ["created"] = now,
        ["currency"] = (string)intent["currency"]!,
        ["failure_reason"] = null,
        ["metadata"] = metadata,
        ["payment_intent"] = (string)intent["id"]!,
        ["reason"] = null,
        ["status"] = "succeeded",
    };

    public static JsonObject Dispute(JsonObject intent, long now) => new()
    {
        ["id"] = NewId("du"),
        ["object"] = "dispute",
        ["amount"] = (long)intent["amount_received"]!,
        ["charge"] = (string?)intent["latest_charge"],
        ["created"] = now,
        ["currency"] = (string)intent["currency"]!,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["payment_intent"] = (string)intent["id"]!,
        ["reason"] = "product_not_received",
    };

    /// <summary>An event tells of an object as it is at this moment.</summary>
    public static JsonObject Event(string type, JsonObject about, long now) => new()
    {
        ["id"] = NewId("evt"),
        ["object"] = "event",
        ["api_version"] = ApiVersion,
        ["created"] = now,
        ["data"] = new JsonObject { ["object"] = about.DeepClone() },
        ["livemode"] = false,
        ["pending_webhooks"] = 1,
        ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
        ["type"] = type,
    };

    public static JsonObject Metadata(IReadOnlyDictionary<string, string> form)
    {
        const string Prefix = "metadata[";
        var metadata = new JsonObject();
        foreach (var (name, value) in form.Where(field => field.Key.StartsWith(Prefix, StringComparison.Ordinal)))
            metadata[name[Prefix.Length..^1]] = value;
        return metadata;
    }

    private static string NewId(string prefix) => $"{prefix}_{RandomNumberGenerator.GetString(Letters.ToUpperInvariant() + Letters + Digits, 24)}";
}

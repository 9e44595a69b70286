namespace Crm.Shared.Integrations.Stripe;

/// <summary>How cards are charged. Section <c>Stripe</c>; without a secret key online payments are off.</summary>
public sealed class StripeOptions
{
    public const string Section = "Stripe";

    /// <summary>sk_live_… or sk_test_…, or a restricted key that may write payment intents and refunds.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>pk_live_… or pk_test_…: browsers get it, to talk to Stripe themselves.</summary>
    public string PublishableKey { get; set; } = "";

    /// <summary>whsec_…: checks the signatures of the webhook; without it events are refused.</summary>
    public string WebhookSecret { get; set; } = "";

    public string BaseUrl { get; set; } = "https://api.stripe.com";

    /// <summary>Stripe.js, for the page at which customers pay. Stripe wants it to be loaded from its own address.</summary>
    public string ScriptUrl { get; set; } = "https://js.stripe.com/v3/";

    public bool IsConfigured => SecretKey.Length > 0;
}

using System.Security.Cryptography;
using Crm.Local.Services;

namespace Crm.Local.Providers;

/// <summary>
/// What the vendors know of the app they work for: where it is, the account it has with them, and whether they confirm by themselves what they accepted.
/// </summary>
public sealed class AppLink
{
    /// <summary>Where the app answers; none: nobody calls it.</summary>
    public Uri? Address { get; set; }

    /// <summary>The address by which the app calls itself (PUBLIC_BASE_URL) in links and callbacks; none: the same.</summary>
    public Uri? PublicAddress { get; set; }

    /// <summary>The time of events; it may be another than the one they wait by.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether each accepted message is soon followed by events that confirm it.</summary>
    public bool ConfirmsDeliveries { get; set; }

    /// <summary>The time from one step of a message to the next.</summary>
    public TimeSpan StepDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Checks the signatures of mail events, base64.</summary>
    public string WebhookPublicKey { get; internal set; } = "";

    public string InboundSecret { get; set; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public string InboundDomain { get; set; } = "inbound.crm.test";

    public string AccountSid { get; set; } = $"AC{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    public string AuthToken { get; set; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Whether there is a store for the app's files.</summary>
    public bool HasFiles { get; internal set; }

    public string SmsNumber { get; set; } = "+15005550006";

    /// <summary>The app's own key with Stripe, and the one that browsers get.</summary>
    public string StripeSecretKey { get; set; } = "sk_test_local";

    public string StripePublishableKey { get; set; } = "pk_test_local";

    /// <summary>Signs Stripe's events.</summary>
    public string StripeWebhookSecret { get; set; } = $"whsec_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>The app's settings that follow from all this, by their names in a file of settings.</summary>
    public Dictionary<string, string> Settings(Uri providers)
    {
        var address = providers.GetLeftPart(UriPartial.Authority);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SendGrid__ApiKey"] = "SG.local",
            ["SendGrid__BaseUrl"] = address,
            ["SendGrid__FromEmail"] = "no-reply@crm.test",
            ["SendGrid__WebhookPublicKey"] = WebhookPublicKey,
            ["SendGrid__InboundSecret"] = InboundSecret,
            ["INBOUND_DOMAIN"] = InboundDomain,
            ["Twilio__AccountSid"] = AccountSid,
            ["Twilio__AuthToken"] = AuthToken,
            ["Twilio__From"] = SmsNumber,
            ["Twilio__BaseUrl"] = address,
            ["Stripe__SecretKey"] = StripeSecretKey,
            ["Stripe__PublishableKey"] = StripePublishableKey,
            ["Stripe__WebhookSecret"] = StripeWebhookSecret,
            ["Stripe__BaseUrl"] = address,
            ["Stripe__ScriptUrl"] = $"{address}/stripe/stripe.js",
        };
        if (!HasFiles)
            return settings;
        settings["S3__ServiceUrl"] = address;
        settings["S3__Bucket"] = S3Server.Bucket;
        settings["S3__AccessKey"] = S3Server.Key;
        settings["S3__SecretKey"] = S3Server.Key;
        return settings;
    }

    /// <summary>A path of the app as the app itself calls it.</summary>
    internal Uri Public(string path) => new(PublicAddress ?? Required, path);

    /// <summary>Whether an address is the app's own: nothing else is ever called.</summary>
    internal bool Owns(Uri url) => Address is not null && (IsUnder(url, Address) || IsUnder(url, PublicAddress));

    /// <summary>Where an address of the app's own is to be called.</summary>
    internal Uri Reachable(Uri url) => new(Required, url.PathAndQuery);

    private Uri Required => Address ?? throw new AppUnknownException();

    private static bool IsUnder(Uri url, Uri? root) =>
        root is not null && Uri.Compare(url, root, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}

/// <summary>The simulator runs without an app that it could call.</summary>
internal sealed class AppUnknownException() : Exception("The simulator was not told where the app is, so nobody can be called.");

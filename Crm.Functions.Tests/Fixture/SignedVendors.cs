using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crm.Shared.Integrations.SendGrid;
using Crm.Shared.Integrations.Stripe;
using Microsoft.AspNetCore.WebUtilities;
using Stripe;

namespace Crm.Functions.Tests.Fixture;

/// <summary>Signs as the vendors do, with keys of this run.</summary>
public static class SignedVendors
{
    public const string Timestamp = "1767225600";
    public const string InboundSecret = "the-end-of-the-address";
    public const string WebhookSecret = "whsec_0123456789abcdef";
    public const string AuthToken = "0123456789abcdef0123456789abcdef";

    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Has an app believe these keys.</summary>
    public static void SetUp(Dictionary<string, string> settings)
    {
        settings["SendGrid:WebhookPublicKey"] = Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo());
        settings["SendGrid:InboundSecret"] = InboundSecret;
        settings["Twilio:AuthToken"] = AuthToken;
        settings["Stripe:WebhookSecret"] = WebhookSecret;
        settings["PUBLIC_BASE_URL"] = "http://crm.test";
    }

    public static string SignMail(byte[] body, string timestamp = Timestamp) => Convert.ToBase64String(
        Key.SignData([.. Encoding.UTF8.GetBytes(timestamp), .. body], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    public static string SignPayment(string body, string secret, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={time},v1={EventUtility.ComputeSignature(secret, time, body)}";
    }

    /// <param name="address">The path, with its query.</param>
    /// <param name="form">The body.</param>
    [SuppressMessage("Security", "CA5350", Justification = "It is what Twilio signs with.")]
    public static string SignSms(string address, string form)
    {
        var fields = new FormReader(form).ReadForm().SelectMany(field => field.Value.Select(value => field.Key + value)).Order(StringComparer.Ordinal);
        var text = "http://crm.test" + address + string.Concat(fields);
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(AuthToken), Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The signature that belongs into a header.</summary>
    public static string Sign(string header, string address, string body) =>
        header == EventSignature.Header ? SignMail(Encoding.UTF8.GetBytes(body))
        : header == StripeEvent.SignatureHeader ? SignPayment(body, WebhookSecret, DateTimeOffset.UtcNow)
        : SignSms(address, body);

    /// <summary>An app of a class's own that believes these keys.</summary>
    public sealed class App(TestServices services) : IAsyncLifetime
    {
        private TestApp? _app;

        public TestApp Test => _app!;

        public async ValueTask InitializeAsync() => _app = await services.StartApp(SetUp);

        public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

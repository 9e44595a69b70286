using System.Text;
using System.Text.Json;
using Stripe;

namespace Crm.Shared.Integrations.Stripe;

/// <summary>What Stripe tells, signed: it was so at that moment, and by now may not be.</summary>
/// <param name="Type">Such as payment_intent.succeeded.</param>
/// <param name="At">When it happened.</param>
public sealed record StripeEvent(string Type, DateTimeOffset At)
{
    public const string SignatureHeader = "Stripe-Signature";

    /// <summary>How old a signature may be: what was overheard cannot be told again later.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>Longer than any; what is longer is not looked at.</summary>
    private const int LongestHeader = 4000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public CardIntent? Intent { get; init; }
    public CardRefund? Refund { get; init; }
    public CardDispute? Dispute { get; init; }

    /// <summary>Of a charge: the payment it belongs to.</summary>
    public string? ChargeOf { get; init; }

    /// <summary>The body of a call as text, if it is signed; else null. What is no UTF-8 would be another body as a text, so it is not signed.</summary>
    public static string? Verified(ReadOnlySpan<byte> body, string signature, string secret, DateTimeOffset now)
    {
        // An empty secret signs, too.
        if (secret.Length == 0 || signature.Length is 0 or > LongestHeader)
            return null;
        try
        {
            var text = Strict.GetString(body);
            EventUtility.ValidateSignature(text, signature, secret, (long)Tolerance.TotalSeconds, now.ToUnixTimeSeconds());
            return text;
        }
        catch (Exception exception) when (exception is StripeException or FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads an event of any API version.</summary>
    /// <exception cref="FormatException">It is none that can be read.</exception>
    public static StripeEvent Of(string body)
    {
        Event told;
        try
        {
            told = EventUtility.ConstructEventWithoutVerification(body, throwOnApiVersionMismatch: false);
        }
        catch (Exception exception) when (exception is JsonException or StripeException or ArgumentException or InvalidOperationException
            || exception.GetType().Namespace?.StartsWith("Newtonsoft", StringComparison.Ordinal) == true)
        {
            throw new FormatException($"It cannot be read: {exception.Message}", exception);
        }

        var at = new DateTimeOffset(DateTime.SpecifyKind(told.Created, DateTimeKind.Utc));
        var about = told.Data?.Object;
        return new(told.Type ?? "", at)
        {
            Intent = about is PaymentIntent { Id: not null, Currency: not null } intent ? CardIntent.Of(intent) : null,
            Refund = about is Refund { Id: not null, Currency: not null } refund ? CardRefund.Of(refund) : null,
            Dispute = about is Dispute { Id: not null, Currency: not null } dispute ? CardDispute.Of(dispute) : null,
            ChargeOf = (about as Charge)?.PaymentIntentId,
        };
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Shared.Integrations.SendGrid;

/// <summary>
/// The signature of the event webhook: ECDSA over P-256 and SHA-256 of the timestamp's characters and the body's bytes. (The SDK's own validator takes the body
/// as a text, and what is no UTF-8 in it as something else.)
/// </summary>
public static class EventSignature
{
    public const string Header = "X-Twilio-Email-Event-Webhook-Signature";
    public const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    /// <summary>Longer than any; what is longer is not looked at.</summary>
    private const int LongestHeader = 1000;

    /// <summary>Whether a text is a key that <see cref="Verify"/> can use.</summary>
    public static bool IsKey(string publicKey)
    {
        try
        {
            using var key = Key(publicKey);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            return false;
        }
    }

    /// <param name="publicKey">As SendGrid shows it: base64 of a SubjectPublicKeyInfo.</param>
    /// <param name="timestamp">The timestamp header.</param>
    /// <param name="signature">The signature header, base64 of DER.</param>
    /// <param name="body">The body exactly as it came, its last line end included.</param>
    public static bool Verify(string publicKey, string timestamp, string signature, ReadOnlySpan<byte> body)
    {
        if (timestamp.Length is 0 or > LongestHeader || signature.Length is 0 or > LongestHeader || !Base64.IsValid(signature))
            return false;
        using var key = Key(publicKey);
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), .. body];
        return key.VerifyData(signed, Convert.FromBase64String(signature), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static ECDsa Key(string publicKey)
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
        return key;
    }
}

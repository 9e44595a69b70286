using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Shared.Integrations.Webhooks;

/// <summary>Signatures as Standard Webhooks has them (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body.</summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimeHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;

    /// <summary>A new secret, as its owner is shown it.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The header's value: a signature for each of the secrets that are valid.</summary>
    public static string Of(string id, DateTimeOffset at, string body, params ReadOnlySpan<string> secrets)
    {
        var signed = Encoding.UTF8.GetBytes($"{id}.{Seconds(at)}.{body}");
        var signatures = new List<string>();
        foreach (var secret in secrets)
            signatures.Add($"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))}");
        return string.Join(' ', signatures);
    }

    public static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}

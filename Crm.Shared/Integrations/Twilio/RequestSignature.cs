using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Shared.Integrations.Twilio;

/// <summary>
/// The signature of Twilio's requests: HMAC-SHA1 of the address as Twilio knows it and of all fields of the form, by name. Twilio signs its own address with or
/// without a port, so both are tried, as its libraries do. (The SDK's validator takes each name once; a form may have it twice.)
/// </summary>
public static class RequestSignature
{
    public const string Header = "X-Twilio-Signature";

    /// <param name="authToken">The account's.</param>
    /// <param name="url">The public address, with its query, as it was given to Twilio.</param>
    /// <param name="fields">All fields of the form: new ones come without notice.</param>
    /// <param name="signature">The header.</param>
    public static bool Verify(string authToken, string url, IEnumerable<(string Name, string Value)> fields, string signature)
    {
        var form = string.Concat(fields.Distinct().OrderBy(field => field.Name, StringComparer.Ordinal).ThenBy(field => field.Value, StringComparer.Ordinal)
            .Select(field => field.Name + field.Value));
        var given = Encoding.UTF8.GetBytes(signature);
        var isRight = false;
        foreach (var spelling in (ReadOnlySpan<string>)[url, WithPort(url), WithoutPort(url)])
            isRight |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Of(authToken, spelling + form)), given);
        return isRight;
    }

    [SuppressMessage("Security", "CA5350", Justification = "It is what Twilio signs with.")]
    private static string Of(string authToken, string text) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text)));

    private static string WithPort(string url) => Host(url) is var (start, end) && url.IndexOf(':', start, end - start) < 0
        ? url.Insert(end, url.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80")
        : url;

    private static string WithoutPort(string url) =>
        Host(url) is var (start, end) && url.IndexOf(':', start, end - start) is >= 0 and var colon ? url.Remove(colon, end - colon) : url;

    // The host with its port, without the name and password that may stand before it: the rest stays as it is spelled.
    private static (int Start, int End) Host(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? scheme + 3 : 0;
        var end = url.IndexOfAny(['/', '?'], start) is >= 0 and var slash ? slash : url.Length;
        var at = url.LastIndexOf('@', end - 1, end - start);
        return (at >= 0 ? at + 1 : start, end);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>
/// Signs each attempt with the account's key (learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key).
/// Belongs after the retry policy: the date is part of the signature.
/// </summary>
internal sealed class SharedKeyPolicy(string account, byte[] key) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        var request = message.Request;
        request.Headers.SetValue("x-ms-date", DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture));
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(StringToSign(request)));
        request.Headers.SetValue("Authorization", $"SharedKey {account}:{Convert.ToBase64String(signature)}");
    }

    private string StringToSign(Request request)
    {
        var length = request.Content is { } content && content.TryComputeLength(out var bytes) && bytes > 0
            ? bytes.ToString(CultureInfo.InvariantCulture)
            : "";
        var contentType = request.Headers.TryGetValue("Content-Type", out var value) ? value : "";
        var uri = request.Uri.ToUri();

        // The unused lines are the standard headers we never send: encoding, language, MD5, date, the If-… family and range.
        var text = new StringBuilder($"{request.Method.Method}\n\n\n{length}\n\n{contentType}\n\n\n\n\n\n\n");
        foreach (var header in request.Headers.Where(IsVendorHeader).OrderBy(h => h.Name, StringComparer.OrdinalIgnoreCase))
        {
            text.Append(CultureInfo.InvariantCulture, $"{header.Name.ToLowerInvariant()}:{header.Value.Trim()}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"/{account}{uri.AbsolutePath}");
        foreach (var (name, values) in QueryOf(uri).OrderBy(q => q.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{name}:{values}");
        }

        return text.ToString();
    }

    private static bool IsVendorHeader(HttpHeader header) => header.Name.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Name, string Value)> QueryOf(Uri uri) => uri.Query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Uri.UnescapeDataString(pair[0]).ToLowerInvariant(), pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : ""));
}

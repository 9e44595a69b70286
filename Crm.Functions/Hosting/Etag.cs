using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace Crm.Functions.Hosting;

/// <summary>A record's version as an entity tag, and the version a change expects.</summary>
public static class Etag
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The tag of an answer that has no version: weak, made from what it says.</summary>
    public static string Of(ReadOnlySpan<byte> content) => $"W/\"{Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 12))}\"";

    /// <summary>Whether the client has this answer already, by its <c>If-None-Match</c>.</summary>
    public static bool IsKnown(HttpContext context, string tag) =>
        context.Request.Headers.IfNoneMatch.Any(value => value?.Split(',', StringSplitOptions.TrimEntries).Contains(tag, StringComparer.Ordinal) == true);

    /// <summary>The version in <c>If-Match</c>: null when the header is absent or <c>*</c>, -1 when it is no version of ours.</summary>
    public static int? Expected(HttpContext context)
    {
        var value = context.Request.Headers.IfMatch.ToString().Trim();
        if (value is "" or "*")
            return null;
        return int.TryParse(value.Replace("W/", "", StringComparison.Ordinal).Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace Crm.Functions.Replies;

/// <summary>A record's version as an entity tag, and what clients say about the versions they know.</summary>
public static class Etag
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The tag of an answer that has no version: weak, made from what it says.</summary>
    public static string Of(ReadOnlySpan<byte> content) => $"W/\"{Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 12))}\"";

    /// <summary>The refusal of a change whose <c>If-Match</c> asks for other versions than this one; null when it may happen.</summary>
    public static Error? Conflict(HttpContext context, int version) =>
        context.Request.Headers.IfMatch is { Count: > 0 } tags && !Name(tags, Of(version))
            ? Errors.VersionConflict with { Facts = new(StringComparer.Ordinal) { ["currentVersion"] = version } }
            : null;

    /// <summary>Whether the client has this answer already, by its <c>If-None-Match</c>.</summary>
    public static bool IsKnown(HttpContext context, string tag) => Name(context.Request.Headers.IfNoneMatch, tag);

    // A list of tags, or * for any. Proxies that compress make a tag weak; quotes are left out often enough.
    private static bool Name(StringValues tags, string tag) =>
        tags.ToString().Split(',', StringSplitOptions.TrimEntries).Any(named => named == "*" || Bare(named) == Bare(tag));

    private static string Bare(string tag) => tag.Replace("W/", "", StringComparison.Ordinal).Trim('"');
}

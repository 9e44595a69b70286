using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Crm.Functions.Hosting;

/// <summary>A record's version as an entity tag, and what clients say about the versions they know.</summary>
public static class Etag
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Whether <c>If-Match</c> asks for other versions than this one, so that a change must not happen.</summary>
    public static bool Excludes(HttpContext context, int version) =>
        context.Request.Headers.IfMatch is { Count: > 0 } tags && !Name(tags, version);

    /// <summary>Whether <c>If-None-Match</c> says that the client has this version already.</summary>
    public static bool Knows(HttpContext context, int version) => Name(context.Request.Headers.IfNoneMatch, version);

    // A list of tags, or * for any. Proxies that compress make a tag weak; quotes are left out often enough.
    private static bool Name(StringValues tags, int version) =>
        tags.ToString().Split(',', StringSplitOptions.TrimEntries).Any(tag =>
            tag == "*" || tag.Replace("W/", "", StringComparison.Ordinal).Trim('"') == version.ToString(CultureInfo.InvariantCulture));
}

using System.Globalization;

namespace Crm.Functions.Hosting;

/// <summary>A record's version as an entity tag, and the version a change expects.</summary>
public static class Etag
{
    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The version in <c>If-Match</c>: null when the header is absent or <c>*</c>, -1 when it is no version of ours.</summary>
    public static int? Expected(HttpContext context)
    {
        var value = context.Request.Headers.IfMatch.ToString().Trim();
        if (value is "" or "*")
            return null;
        return int.TryParse(value.Replace("W/", "", StringComparison.Ordinal).Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;
    }
}

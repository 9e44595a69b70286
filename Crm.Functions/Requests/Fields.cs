using System.Text.Json;
using Crm.Shared;

namespace Crm.Functions.Requests;

/// <summary>What clients write, as the database keeps it.</summary>
public static class Fields
{
    /// <summary>Trimmed; blank is null.</summary>
    public static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>Trimmed, each once whatever its case, in the order given.</summary>
    public static string[] Labels(string[]? labels) =>
        labels is null ? [] : [.. labels.Select(label => label.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The object; none is the empty one.</summary>
    public static JsonElement Json(JsonElement? json) => json is { ValueKind: JsonValueKind.Object } given ? given : Empty;

    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement.Clone();

    /// <summary>In E.164, or the reason why not; a number without a country is one of the organisation's.</summary>
    public static (string? Number, string? Fault) Phone(string? text, string country)
    {
        if (Text(text) is not { } given)
            return (null, null);
        var number = PhoneNumber.Normalize(given, country);
        return number is null ? (null, "phone must be a phone number; with its country it looks like +14155550132.") : (number, null);
    }
}

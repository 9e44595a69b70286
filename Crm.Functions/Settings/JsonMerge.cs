using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Functions.Settings;

/// <summary>
/// Objects that clients keep with us (an organisation's settings, a user's preferences) change by JSON Merge Patch (RFC 7396): what a
/// patch names is set, null removes, objects merge, anything else is replaced. So two screens that keep different keys do not undo each other.
/// </summary>
public static class JsonMerge
{
    /// <summary>The largest object, once merged: 16 KB of UTF-8.</summary>
    public const int Longest = 16 * 1024;
    private const int Deepest = 20;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonElement Empty = JsonSerializer.SerializeToElement(new { });

    /// <summary>What is there after the patch (null empties it), or the reason why not.</summary>
    public static (JsonElement Merged, string? Fault) Apply(JsonElement current, Optional<JsonElement> patch)
    {
        if (!patch.IsSet)
            return (current, null);
        if (patch.Value.ValueKind != JsonValueKind.Object)
            return (Empty, null);
        if (IsDeeperThan(Deepest, patch.Value))
            return (current, $"must nest at most {Deepest} levels deep");
        var merged = JsonSerializer.SerializeToUtf8Bytes(Merge(JsonNode.Parse(current.GetRawText()), patch.Value), Compact);
        if (merged.Length > Longest)
            return (current, $"must be at most {Longest / 1024} KB of JSON once merged with what is there");
        using var document = JsonDocument.Parse(merged);
        return (document.RootElement.Clone(), null);
    }

    private static JsonNode? Merge(JsonNode? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
            return JsonNode.Parse(patch.GetRawText());
        var merged = target as JsonObject ?? [];
        foreach (var property in patch.EnumerateObject())
        {
            merged.Remove(property.Name, out var old);
            if (property.Value.ValueKind != JsonValueKind.Null)
                merged[property.Name] = Merge(old, property.Value);
        }

        return merged;
    }

    private static bool IsDeeperThan(int levels, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => levels == 0 || json.EnumerateObject().Any(property => IsDeeperThan(levels - 1, property.Value)),
        JsonValueKind.Array => levels == 0 || json.EnumerateArray().Any(item => IsDeeperThan(levels - 1, item)),
        _ => false,
    };
}

using System.Text.Json;

namespace Crm.Functions.Webhooks;

internal static class JsonTexts
{
    /// <summary>A text of an object; null when it has none of that name, or one that is no text.</summary>
    public static string? Text(this JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            // PostgreSQL's text holds any character but this one.
            return value.GetString()!.Replace("\0", "", StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            // Half a character.
            return null;
        }
    }
}

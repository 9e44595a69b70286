using System.Text.Json;

namespace Crm.Shared.Liquid;

/// <summary>A contact's custom fields as templates take them.</summary>
public static class CustomValues
{
    // Dividing by it drops the zeros at a number's end: 10.00 is 10.
    private const decimal One = 1.000000000000000000000000000m;

    /// <summary>By their names, whose case does not matter. Lists of texts and numbers become one text; objects are left out.</summary>
    public static Dictionary<string, object?> Of(JsonElement? fields)
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        if (fields is { ValueKind: JsonValueKind.Object } given)
        {
            foreach (var field in given.EnumerateObject())
                values[field.Name] = Of(field.Value);
        }

        return values;
    }

    private static object? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetDecimal(out var number) ? number / One : value.GetRawText(),
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray()
            .Where(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number).Select(item => item.ToString())),
        _ => null,
    };
}

using System.Text.Json;

namespace Crm.Functions.Tests.Fixture;

/// <summary>
/// Says where a value differs from its schema in what a client relies on: fields that are missing, unknown, null or of another type. (A
/// validator of all of JSON Schema answers yes or no to thousands of bodies no faster, and names its own rules instead of our fields.)
/// </summary>
internal sealed class JsonSchemas(JsonElement components)
{
    private const string Components = "#/components/schemas/";

    /// <summary>The first difference; null when there is none.</summary>
    public string? Fault(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Fault(value, components.GetProperty(reference.GetString()![Components.Length..]), path);
        if (schema.TryGetProperty("oneOf", out var either))
        {
            var faults = either.EnumerateArray().Select(one => Fault(value, one, path)).ToArray();
            return faults.Contains(null) ? null : faults[^1];
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(name => Is(value, name)))
            return value.ValueKind == JsonValueKind.Null ? $"{path} is null" : $"{path} is {value.GetRawText()} and not of type {type.GetRawText()}";
        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)))
            return $"{path} is {value.GetRawText()}, none of {words.GetRawText()}";
        if (value.ValueKind == JsonValueKind.String && schema.TryGetProperty("format", out var format) && !HasFormat(value, format.GetString()!))
            return $"{path} is {value.GetRawText()}, no {format}";
        return value.ValueKind switch
        {
            JsonValueKind.Object => FieldFault(value, schema, path),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) =>
                value.EnumerateArray().Select((item, index) => Fault(item, items, $"{path}[{index}]")).FirstOrDefault(fault => fault is not null),
            _ => null,
        };
    }

    private string? FieldFault(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                    return $"{path}.{name} is required but missing";
            }
        }

        // Without any, it is an object of the client's own.
        if (!schema.TryGetProperty("properties", out var properties))
            return null;
        foreach (var field in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(field.Name, out var property))
                return $"{path}.{field.Name} is not described";
            if (Fault(field.Value, property, $"{path}.{field.Name}") is { } fault)
                return fault;
        }

        return null;
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(name => name.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "array" => value.ValueKind == JsonValueKind.Array,
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static bool HasFormat(JsonElement value, string format) => format switch
    {
        "uuid" => value.TryGetGuid(out _),
        "date-time" => value.TryGetDateTimeOffset(out _),
        "date" => DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", out _),
        _ => true,
    };
}

using System.Net.Mail;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Local.Providers;

/// <summary>What is wrong with a body, and where: <c>personalizations.0.to</c>.</summary>
internal sealed record SchemaViolation(string Path, string Message);

/// <summary>Checks JSON against a schema of a vendor's API description; the keywords are those the vendors use.</summary>
internal sealed class JsonSchema(JsonNode document, JsonNode root)
{
    public static JsonSchema ForBody(JsonNode document, string requestBody) =>
        new(document, document["components"]!["requestBodies"]![requestBody]!["content"]!["application/json"]!["schema"]!);

    public IReadOnlyList<SchemaViolation> Check(JsonNode? value)
    {
        var violations = new List<SchemaViolation>();
        Check(value, root, "", violations);
        return violations;
    }

    private void Check(JsonNode? value, JsonNode schema, string path, List<SchemaViolation> violations)
    {
        schema = Resolve(schema);
        if (schema["type"] is { } type && !HasType(value, type))
        {
            violations.Add(new(path, $"must be of type {type.ToJsonString().Replace("\"", "", StringComparison.Ordinal)}"));
            return;
        }

        switch (value)
        {
            case JsonObject members:
                CheckObject(members, schema, path, violations);
                break;
            case JsonArray items:
                CheckArray(items, schema, path, violations);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String:
                CheckText((string)scalar!, schema, path, violations);
                break;
        }

        if (schema["anyOf"] is JsonArray alternatives)
        {
            CheckAnyOf(value, alternatives, path, violations);
        }
    }

    private JsonNode Resolve(JsonNode schema)
    {
        while ((string?)schema["$ref"] is { } reference)
        {
            schema = reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, part) => node[part]!);
        }

        return schema;
    }

    private static bool HasType(JsonNode? value, JsonNode type) =>
        type is JsonArray several ? several.Any(one => IsOfType(value, (string)one!)) : IsOfType(value, (string)type!);

    private static bool IsOfType(JsonNode? value, string type) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue<long>(out _),
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "null" => value is null,
        _ => throw new NotSupportedException($"JSON Schema type \"{type}\"."),
    };

    private void CheckObject(JsonObject members, JsonNode schema, string path, List<SchemaViolation> violations)
    {
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(n => (string)n!).Where(n => !members.ContainsKey(n)))
        {
            violations.Add(new(Join(path, name), "is required"));
        }

        if (members.Count > ((int?)schema["maxProperties"] ?? int.MaxValue))
        {
            violations.Add(new(path, "has too many members"));
        }

        var properties = schema["properties"] as JsonObject;
        var additional = schema["additionalProperties"];
        foreach (var (name, value) in members)
        {
            if (properties?[name] is { } property)
            {
                Check(value, property, Join(path, name), violations);
            }
            else if (additional?.GetValueKind() == JsonValueKind.False)
            {
                violations.Add(new(Join(path, name), "is not a known member"));
            }
            else if (additional is JsonObject)
            {
                Check(value, additional, Join(path, name), violations);
            }
        }
    }

    private void CheckArray(JsonArray items, JsonNode schema, string path, List<SchemaViolation> violations)
    {
        var (min, max) = ((int?)schema["minItems"] ?? 0, (int?)schema["maxItems"] ?? int.MaxValue);
        if (items.Count < min || items.Count > max)
        {
            violations.Add(new(path, items.Count < min ? $"must have at least {min} item(s)" : $"must have at most {max} items"));
        }

        if ((bool?)schema["uniqueItems"] == true && items.Select(i => i?.ToJsonString()).Distinct(StringComparer.Ordinal).Count() < items.Count)
        {
            violations.Add(new(path, "must not repeat an item"));
        }

        if (schema["items"] is { } itemSchema)
        {
            for (var i = 0; i < items.Count; i++)
            {
                Check(items[i], itemSchema, Join(path, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), violations);
            }
        }
    }

    private static void CheckText(string text, JsonNode schema, string path, List<SchemaViolation> violations)
    {
        if (text.Length < ((int?)schema["minLength"] ?? 0) || text.Length > ((int?)schema["maxLength"] ?? int.MaxValue))
        {
            violations.Add(new(path, text.Length == 0 ? "must not be empty" : "has a length that is not allowed"));
        }

        if (schema["enum"] is JsonArray allowed && !allowed.Any(a => (string?)a == text))
        {
            violations.Add(new(path, $"must be one of {allowed.ToJsonString()}"));
        }

        if ((string?)schema["format"] == "email" && !(MailAddress.TryCreate(text, out var address) && address.Address == text))
        {
            violations.Add(new(path, "does not contain a valid address"));
        }
    }

    private void CheckAnyOf(JsonNode? value, JsonArray alternatives, string path, List<SchemaViolation> violations)
    {
        var attempts = alternatives.Select(alternative =>
        {
            var found = new List<SchemaViolation>();
            Check(value, alternative!, path, found);
            return found;
        }).ToList();
        var fewest = attempts.Min(found => found.Count);
        if (fewest > 0)
        {
            var closest = attempts.Where(found => found.Count == fewest).Select(found => string.Join(" and ", found.Select(v => $"{v.Path} {v.Message}")));
            violations.Add(new(path, string.Join(", or ", closest)));
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

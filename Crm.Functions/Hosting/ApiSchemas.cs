using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Crm.Functions.Hosting.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.Hosting;

/// <summary>What the API's description says of each type beyond what the framework finds: readable names, and the rules of our own attributes and types.</summary>
internal static class ApiSchemas
{
    public const string ErrorName = "Error";

    /// <summary>The name of a type in the description: <c>CreateContactRequest</c>, <c>ContactReply</c>; null for what is written in place.</summary>
    public static string? Name(Type type)
    {
        if (type.Namespace?.StartsWith("Crm.", StringComparison.Ordinal) != true || type.IsArray || IsOptional(type) || type == typeof(ClientTime))
            return null;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Envelope<>))
            return $"{Short(Name(type.GetGenericArguments()[0]) ?? type.GetGenericArguments()[0].Name)}Reply";
        return type.DeclaringType is { } outer ? outer.Name + type.Name : type.Name;
    }

    private static string Short(string name) => name.EndsWith("Response", StringComparison.Ordinal) ? name[..^"Response".Length] : name;

    public static async Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        if (IsOptional(type))
            await DescribeOptional(schema, context, type.GetGenericArguments()[0], ct);
        else if (Nullable.GetUnderlyingType(type) is var inner && (inner ?? type) == typeof(ClientTime) || (inner ?? type) == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (inner is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null, "date-time");

        // The serializer would read a number from a string; nobody need know.
        if (schema.Type is { } types && (types.HasFlag(JsonSchemaType.Integer) || types.HasFlag(JsonSchemaType.Number)))
            (schema.Type, schema.Pattern) = (types & ~JsonSchemaType.String, null);
        if (context.JsonPropertyInfo is { } property)
            DescribeRules(schema, property);
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
            DescribeRequired(schema, context.JsonTypeInfo);
    }

    /// <summary>The shape of every error answer.</summary>
    public static OpenApiSchema Error() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { "success", "error", "message", "requestId" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["success"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Const = "false" },
            ["error"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "Some codes bring facts of their own, such as existingId or currentVersion.",
                Required = new HashSet<string>(StringComparer.Ordinal) { "code", "message" },
                Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                {
                    ["code"] = Text("The stable code to switch on."),
                    ["message"] = Text("What happened and how to mend it, for people."),
                    ["details"] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array,
                        Items = new OpenApiSchema
                        {
                            Type = JsonSchemaType.Object,
                            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal) { ["field"] = Text("The field at fault: its JSON path."), ["message"] = Text("What is wrong with it.") },
                        },
                    },
                },
            },
            ["message"] = Text("As in error."),
            ["requestId"] = Text("Quote it when you report the error."),
        },
        Examples = [new JsonObject
        {
            ["success"] = false,
            ["error"] = new JsonObject
            {
                ["code"] = "VALIDATION_ERROR",
                ["message"] = "email must be an e-mail address such as ann@example.com.",
                ["details"] = new JsonArray(new JsonObject { ["field"] = "email", ["message"] = "email must be an e-mail address such as ann@example.com." }),
            },
            ["message"] = "email must be an e-mail address such as ann@example.com.",
            ["requestId"] = "0199c2f4a1b27d3e8f90123456789abc",
        }],
    };

    /// <summary>The framework takes the envelope's data for nullable, because its type parameter might be.</summary>
    public static void NeverNullData(IOpenApiSchema schema)
    {
        if (schema.Properties?.TryGetValue("data", out var data) == true && data.OneOf is { Count: 2 } either)
            schema.Properties["data"] = either.First(one => one.Type != JsonSchemaType.Null);
    }

    private static OpenApiSchema Text(string about) => new() { Type = JsonSchemaType.String, Description = about };

    private static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);

    // As the type it holds; which may be null, unless the field is needed.
    private static async Task DescribeOptional(OpenApiSchema schema, OpenApiSchemaTransformerContext context, Type type, CancellationToken ct)
    {
        var inner = await context.GetOrCreateSchemaAsync(type, null, ct);
        (schema.Type, schema.Format, schema.Items, schema.Properties, schema.Description) = (inner.Type, inner.Format, inner.Items, inner.Properties, null);
        if (schema.Type is not null && context.JsonPropertyInfo is { } property && !type.IsValueType && Attributes(property).OfType<RequiredAttribute>().FirstOrDefault() is null)
            schema.Type |= JsonSchemaType.Null;
    }

    private static void DescribeRules(OpenApiSchema schema, JsonPropertyInfo property)
    {
        foreach (var attribute in Attributes(property))
        {
            switch (attribute)
            {
                case OneOfAttribute words:
                    (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. words.Words.Select(word => (JsonNode)word!)]);
                    break;
                case StringLengthAttribute length:
                    schema.MaxLength = length.MaximumLength;
                    break;
                case EmailAttribute:
                    (schema.Format, schema.MaxLength) = ("email", EmailAttribute.Longest);
                    break;
                case LabelsAttribute labels:
                    schema.MaxItems = labels.Most;
                    schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = labels.Longest };
                    break;
                case JsonObjectAttribute:
                    schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;
                    break;
            }
        }
    }

    // A request needs what its rules say; an answer has all of its fields, but those left out when they are null.
    private static void DescribeRequired(OpenApiSchema schema, JsonTypeInfo type)
    {
        var isRequest = type.Type.Name.EndsWith("Request", StringComparison.Ordinal) || type.Type.Name != "Response" && type.Type.DeclaringType?.GetNestedType("Request") is not null;
        schema.Required = type.Properties
            .Where(property => isRequest ? Attributes(property).OfType<RequiredAttribute>().Any() && !IsOptional(property.PropertyType) : !Attributes(property).OfType<JsonIgnoreAttribute>().Any() && !property.IsExtensionData)
            .Select(property => property.Name)
            .ToHashSet(StringComparer.Ordinal);
    }

    // A record's rules stand on the parameters of its constructor.
    private static IEnumerable<Attribute> Attributes(JsonPropertyInfo property)
    {
        var member = property.AttributeProvider as MemberInfo;
        var parameters = property.DeclaringType.GetConstructors().SelectMany(constructor => constructor.GetParameters());
        return (member?.GetCustomAttributes() ?? []).Concat(parameters.FirstOrDefault(parameter => parameter.Name == member?.Name)?.GetCustomAttributes() ?? []);
    }
}

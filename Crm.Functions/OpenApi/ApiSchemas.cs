using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>
/// What the API's description says of each type beyond what the framework finds: readable names, and the rules of our own attributes and types.
/// </summary>
internal static class ApiSchemas
{
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
        else if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(ClientTime))
            (schema.Type, schema.Pattern) = (Text(type), ClientTime.Pattern);
        else if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (Text(type), "date-time");

        // The serializer would read a number from a string; nobody need know.
        if (schema.Type is { } types && (types.HasFlag(JsonSchemaType.Integer) || types.HasFlag(JsonSchemaType.Number)))
            (schema.Type, schema.Pattern) = (types & ~JsonSchemaType.String, null);
        if (context.JsonPropertyInfo?.AttributeProvider is MemberInfo property)
            DescribeRules(schema, property);
    }

    private static JsonSchemaType Text(Type type) =>
        Nullable.GetUnderlyingType(type) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;

    private static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);

    // As the type it holds; which may be null, unless the field is needed.
    private static async Task DescribeOptional(OpenApiSchema schema, OpenApiSchemaTransformerContext context, Type type, CancellationToken ct)
    {
        var inner = await context.GetOrCreateSchemaAsync(type, null, ct);
        (schema.Type, schema.Format, schema.Pattern, schema.Items, schema.Properties) =
            (inner.Type, inner.Format, inner.Pattern, inner.Items, inner.Properties);
        if (schema.Type is not null && !type.IsValueType)
            schema.Type |= JsonSchemaType.Null;
    }

    private static void DescribeRules(OpenApiSchema schema, MemberInfo property)
    {
        foreach (var attribute in ApiFields.Attributes(property))
        {
            switch (attribute)
            {
                // Of a list, each item.
                case OneOfAttribute words when schema.Type?.HasFlag(JsonSchemaType.Array) == true:
                    ((OpenApiSchema)schema.Items!).Enum = [.. words.Words.Select(word => (JsonNode)word!)];
                    break;
                case OneOfAttribute words:
                    (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. words.Words.Select(word => (JsonNode)word!)]);
                    // Null clears it.
                    if (property is PropertyInfo { PropertyType: var type }
                        && IsOptional(type) && !ApiFields.Attributes(property).OfType<RequiredAttribute>().Any())
                    {
                        schema.Type |= JsonSchemaType.Null;
                        schema.Enum.Add(JsonNullSentinel.JsonNull);
                    }

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
                case IdsAttribute ids:
                    (schema.MaxItems, schema.UniqueItems) = (ids.Most, true);
                    break;
                case DateAttribute:
                    (schema.Format, schema.Pattern) = ("date", null);
                    break;
                case JsonObjectAttribute:
                    schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;
                    break;
            }
        }
    }
}

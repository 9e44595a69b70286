using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>What the API's description says of bodies: the example of a request type, the fields of a form.</summary>
internal static class ApiBodies
{
    private const string Form = "multipart/form-data";

    // Only what is given: an example shows the fields one would send.
    public static void AddExample(OpenApiOperation operation, Type? body)
    {
        if (body?.GetProperty("Example")?.GetValue(null) is not { } example
            || operation.RequestBody?.Content?.TryGetValue("application/json", out var content) != true)
            return;
        var node = JsonSerializer.SerializeToNode(example, JsonSerializerOptions.Web)!;
        RemoveNulls(node);
        content!.Example = node;
    }

    /// <summary>The form that the handler's parameters make: the file, which is needed, and its other fields.</summary>
    public static void DescribeForm(OpenApiOperation operation, IReadOnlyList<ParameterInfo> parameters)
    {
        var fields = parameters.Where(parameter => parameter.IsDefined(typeof(FieldAttribute))).ToArray();
        if (fields.Length == 0)
            return;
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [Form] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Required = fields.Where(IsFile).Select(field => field.Name!).ToHashSet(StringComparer.Ordinal),
                        Properties = fields.ToDictionary(
                            field => field.Name!, IOpenApiSchema (field) => Schema(field.GetCustomAttribute<FieldAttribute>()!, IsFile(field)),
                            StringComparer.Ordinal),
                    },
                },
            },
        };
    }

    private static OpenApiSchema Schema(FieldAttribute field, bool isFile) => new()
    {
        Type = JsonSchemaType.String,
        Format = isFile ? "binary" : null,
        Description = field.About,
        Enum = field.Words.Count == 0 ? null : [.. field.Words.Select(word => (JsonNode)word!)],
        Examples = field.Example is null ? null : [field.Example],
    };

    private static bool IsFile(ParameterInfo parameter) => parameter.ParameterType == typeof(IFormFile);

    private static void RemoveNulls(JsonNode? node)
    {
        if (node is JsonArray items)
            foreach (var item in items)
                RemoveNulls(item);
        if (node is not JsonObject fields)
            return;
        foreach (var (name, value) in fields.ToArray())
        {
            if (value is null)
                fields.Remove(name);
            else
                RemoveNulls(value);
        }
    }
}

using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>The shape of every error answer, for the API's description.</summary>
internal static class ApiError
{
    public const string Name = "Error";

    public static OpenApiSchema Schema() => new()
    {
        Type = JsonSchemaType.Object,
        Required = Names("success", "error", "message", "requestId"),
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["success"] = Always(false),
            ["error"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "Some codes bring facts of their own, such as existingId or currentVersion.",
                Required = Names("code", "message"),
                Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                {
                    ["code"] = Text("The stable code to switch on."),
                    ["message"] = Text("What happened and how to mend it, for people."),
                    ["details"] = new OpenApiSchema { Type = JsonSchemaType.Array, Description = "The fields at fault.", Items = Detail() },
                },
            },
            ["message"] = Text("As in error."),
            ["requestId"] = Text("Quote it when you report the error."),
        },
        Examples = [Example("VALIDATION_ERROR", "email", "email must be an e-mail address such as ann@example.com.")],
    };

    /// <summary>A boolean that is always the same. (The library writes <c>const</c> as text.)</summary>
    public static OpenApiSchema Always(bool value) =>
        new() { Type = JsonSchemaType.Boolean, Description = "Whether the request was carried out.", Enum = [JsonValue.Create(value)] };

    private static OpenApiSchema Detail() => new()
    {
        Type = JsonSchemaType.Object,
        Required = Names("field", "message"),
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["field"] = Text("The field at fault: its JSON path."),
            ["message"] = Text("What is wrong with it."),
        },
    };

    private static JsonObject Example(string code, string field, string message) => new()
    {
        ["success"] = false,
        ["error"] = new JsonObject
        {
            ["code"] = code,
            ["message"] = message,
            ["details"] = new JsonArray(new JsonObject { ["field"] = field, ["message"] = message }),
        },
        ["message"] = message,
        ["requestId"] = "0199c2f4a1b27d3e8f90123456789abc",
    };

    private static OpenApiSchema Text(string about) => new() { Type = JsonSchemaType.String, Description = about };

    private static HashSet<string> Names(params string[] names) => new(names, StringComparer.Ordinal);
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Functions.Requests;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tests.Uploads;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Tests.Permissions;

/// <summary>Calls to whatever routes the app has, known from its endpoints alone.</summary>
internal static partial class RouteCalls
{
    public static string Name(Endpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName;

    public static string Pattern(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    public static HttpMethod Method(Endpoint endpoint) => new(endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods[0]);

    public static bool IsForm(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains("multipart/form-data") == true;

    /// <summary>Calls the route with these values of its ids, in their order; forms carry a small file, of contacts or a picture, and these fields.</summary>
    public static async Task<TestReply> Call(
        TestClient client, RouteEndpoint endpoint, Guid[] ids, string? body, string query = "", params (string Name, string Value)[] fields)
    {
        // A list must be named; deals have all kinds of filters.
        if (Name(endpoint) == "ExportData")
            query += query.Length == 0 ? "?type=deals" : "&type=deals";
        var next = 0;
        var path = RouteParameter().Replace(Pattern(endpoint), parameter =>
            parameter.Value.StartsWith("{*", StringComparison.Ordinal) ? "" : next < ids.Length ? ids[next++].ToString() : "unknown-token") + query;
        return IsForm(endpoint) ? await Upload(client, path, fields) : await client.Send(Method(endpoint), path, body);
    }

    /// <summary>The request type's own example, with an address of its own where there is one: examples are sent many times here. Null: no body.</summary>
    public static JsonObject? Example(RouteEndpoint endpoint)
    {
        var type = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        if (type is null)
            return null;
        var example = type.GetProperty("Example", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
        if (example is null)
            return [];
        var body = JsonSerializer.SerializeToNode(example, JsonSerializerOptions.Web)!.AsObject();
        foreach (var property in example.GetType().GetProperties().Where(property => !property.GetMethod!.IsStatic))
        {
            if (property.GetValue(example) is null or IOptional { IsSet: false })
                body.Remove(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        }

        if (body.ContainsKey("email"))
            body["email"] = $"{Guid.NewGuid():N}@example.test";
        return body;
    }

    /// <summary>All ids in an answer, however deep.</summary>
    public static IEnumerable<Guid> Ids(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(property => Ids(property.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Ids),
        JsonValueKind.String when json.TryGetGuid(out var id) => [id],
        _ => [],
    };

    private static async Task<TestReply> Upload(TestClient client, string path, (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        using var file = new StringContent("name\nAnn\n");
        using var picture = new ByteArrayContent(Samples.Read("photo.jpg"));
        if (path.StartsWith("/upload/", StringComparison.Ordinal))
            form.Add(picture, path.Split('/')[2], "picture.jpg");
        else
            form.Add(file, "file", "contacts.csv");
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return await client.Post(path, form);
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RouteParameter();
}

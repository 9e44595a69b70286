using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Functions.Auth;
using Crm.Functions.Hosting.Requests;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.Hosting;

/// <summary>What the API's description says of each route beyond what the framework finds: who may call it, examples, parameters, headers, refusals.</summary>
internal static class ApiOperations
{
    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var handler = metadata.OfType<MethodInfo>().FirstOrDefault();
        var isPublic = metadata.OfType<IAllowAnonymous>().Any();
        if (!isPublic)
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(BearerAuthentication.SchemeName, context.Document)] = [] }];
        if (metadata.OfType<AllowAttribute>().FirstOrDefault() is { } allow)
        {
            var row = Permissions.Of(allow.Permission);
            operation.Description = $"{operation.Description}\n\nOwner: {Word(row.Owner)}. Manager: {Word(row.Manager)}. Staff: {Word(row.Staff)}.".Trim();
        }

        AddExample(operation, metadata.OfType<IAcceptsMetadata>().FirstOrDefault()?.RequestType);
        operation.Parameters ??= [];
        foreach (var parameter in handler?.GetParameters() ?? [])
            DescribeQuery(operation, parameter);
        var method = context.Description.HttpMethod!;
        if (method is "GET" or "PATCH" && metadata.OfType<IProducesResponseTypeMetadata>().Any(IsVersioned))
            AddVersion(operation, method);
        if (method == "POST" && !isPublic)
            operation.Parameters.Add(Header("Idempotency-Key", "Any text of your own, 255 characters at most: a repeat with the same key and body gets the first reply instead of happening again."));
        AddRefusals(operation, context.Document!, isPublic, metadata.OfType<AllowAttribute>().Any());
        return Task.CompletedTask;
    }

    private static string Word(Reach reach) => reach switch
    {
        Reach.None => "not allowed",
        Reach.Own => "their own",
        Reach.All => "all",
    };

    // Only what is given: an example shows the fields one would send.
    private static void AddExample(OpenApiOperation operation, Type? body)
    {
        if (body?.GetProperty("Example")?.GetValue(null) is not { } example || operation.RequestBody?.Content?.TryGetValue("application/json", out var content) != true)
            return;
        var node = JsonSerializer.SerializeToNode(example, JsonSerializerOptions.Web)!;
        RemoveNulls(node);
        content!.Example = node;
    }

    private static void RemoveNulls(JsonNode? node)
    {
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

    // Names as clients write them, and the rules of the attributes.
    private static void DescribeQuery(OpenApiOperation operation, ParameterInfo parameter)
    {
        if (parameter.ParameterType == typeof(Paging))
        {
            AddPaging(operation, parameter.GetCustomAttribute<PagesAttribute>());
            return;
        }

        if (!parameter.IsDefined(typeof(AsParametersAttribute)))
        {
            Describe(parameter.Name!, new NullabilityInfoContext().Create(parameter), parameter, !parameter.HasDefaultValue);
            return;
        }

        foreach (var property in parameter.ParameterType.GetProperties())
            Describe(JsonNamingPolicy.CamelCase.ConvertName(property.Name), new NullabilityInfoContext().Create(property), property, true);

        void Describe(string name, NullabilityInfo nullability, ICustomAttributeProvider attributes, bool hasNoDefault)
        {
            if (operation.Parameters!.OfType<OpenApiParameter>().FirstOrDefault(given => given.In == ParameterLocation.Query && string.Equals(given.Name, name, StringComparison.OrdinalIgnoreCase)) is not { } described)
                return;
            described.Name = name;
            described.Required = hasNoDefault && nullability.ReadState == NullabilityState.NotNull;
            var words = attributes.GetCustomAttributes(typeof(OneOfAttribute), false).OfType<OneOfAttribute>().FirstOrDefault()?.Words.Select(word => (JsonNode)word!).ToList();
            var length = attributes.GetCustomAttributes(typeof(StringLengthAttribute), false).OfType<StringLengthAttribute>().FirstOrDefault()?.MaximumLength;
            if (nullability.Type == typeof(string[]))
            {
                described.Description = $"{described.Description} Repeated, or separated by commas.".Trim();
                described.Schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String, Enum = words } };
            }
            else if (nullability.Type == typeof(string))
            {
                described.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = words, MaxLength = length };
            }
            else if (nullability.Type == typeof(ClientTime?))
            {
                described.Description = $"{described.Description} A date, or a time with or without an offset.".Trim();
            }
        }
    }

    private static void AddPaging(OpenApiOperation operation, PagesAttribute? pages)
    {
        Add("page", new() { Type = JsonSchemaType.Integer, Minimum = "1", Default = 1 }, "From 1.");
        Add("pageSize", new() { Type = JsonSchemaType.Integer, Minimum = "1", Default = Paging.DefaultSize }, string.Create(CultureInfo.InvariantCulture, $"Rows a page, {Paging.LargestSize} at most. Alias: limit."));
        if (pages?.ByCursor == true)
            Add("cursor", new() { Type = JsonSchemaType.String }, "The nextCursor of the page before, instead of page.");
        if (pages?.SortFields is { Length: > 1 } fields)
        {
            Add("sortBy", new() { Type = JsonSchemaType.String, Enum = [.. fields.Select(field => (JsonNode)field!)], Default = fields[0] }, "The field to sort by.");
            Add("sortOrder", new() { Type = JsonSchemaType.String, Enum = ["asc", "desc"] }, "Times come newest first by default, words from A.");
        }

        void Add(string name, OpenApiSchema schema, string about) =>
            operation.Parameters!.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = about, Schema = schema });
    }

    private static bool IsVersioned(IProducesResponseTypeMetadata response) =>
        response.Type is { IsGenericType: true } envelope && envelope.GetGenericArguments()[0].GetProperty("Version")?.PropertyType == typeof(int);

    private static void AddVersion(OpenApiOperation operation, string method)
    {
        operation.Parameters!.Add(method == "GET"
            ? Header("If-None-Match", "The ETag you have: 304 when it is still the current one.")
            : Header("If-Match", "The ETag you have: 409 VERSION_CONFLICT when somebody changed the record since."));
        if (operation.Responses!["200"] is OpenApiResponse response)
            response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal) { ["ETag"] = new OpenApiHeader { Description = "The record's version, in quotes.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } } };
        if (method == "GET")
            operation.Responses["304"] = new OpenApiResponse { Description = "You have the current version." };
    }

    private static OpenApiParameter Header(string name, string about) =>
        new() { Name = name, In = ParameterLocation.Header, Description = about, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static void AddRefusals(OpenApiOperation operation, OpenApiDocument document, bool isPublic, bool isForSome)
    {
        var hasId = operation.Parameters!.Any(parameter => parameter.In == ParameterLocation.Path);
        var takesInput = operation.RequestBody is not null || operation.Parameters!.Any(parameter => parameter.In == ParameterLocation.Query);
        foreach (var (status, about, applies) in new[]
        {
            ("400", "VALIDATION_ERROR, or another code that names what is wrong with the request.", takesInput),
            ("401", "UNAUTHORIZED or TOKEN_EXPIRED: sign in first.", !isPublic),
            ("403", "FORBIDDEN: your role may not do this, or the record is a colleague's.", isForSome),
            ("404", "There is no such record in your organisation.", hasId),
            ("409", "The state of the record, or another one, stands against it; the code says which.", !isPublic && operation.RequestBody is not null),
            ("default", "Any other refusal: 429 TOO_MANY_REQUESTS with Retry-After, 500 INTERNAL_ERROR and others.", true),
        })
        {
            if (applies)
                operation.Responses!.TryAdd(status, new OpenApiResponse
                {
                    Description = about,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/json"] = new() { Schema = new OpenApiSchemaReference(ApiSchemas.ErrorName, document) } },
                });
        }
    }
}

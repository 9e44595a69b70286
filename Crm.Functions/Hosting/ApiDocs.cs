using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Functions.Auth;
using Crm.Functions.Hosting.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.Hosting;

/// <summary>The API's description, made from the code: OpenAPI 3.1 at <c>/api-docs.json</c>, Swagger UI at <c>/api-docs</c>.</summary>
public static class ApiDocs
{
    public const string DocumentName = "crm";
    private const string Path = "/api-docs";

    public static void AddApiDocs(this IServiceCollection services) => services.AddOpenApi(DocumentName, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.CreateSchemaReferenceId = type => SchemaName(type.Type);
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(Describe);
        options.AddSchemaTransformer(Describe);
    });

    /// <summary>Serves the pages; before routing, so that Swagger UI's own files are found.</summary>
    public static void UseApiDocs(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
            return;
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = Path.Trim('/');
            options.SwaggerEndpoint($"{Path}.json", "Crm API");
            options.DocumentTitle = "Crm API";
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.DisplayRequestDuration();
        });
    }

    public static void MapApiDocs(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
            return;
        app.MapOpenApi($"{Path}.json").PublicFunction("ApiDocument");
        // Answered by Swagger UI before routing; the endpoint makes the path a function, and answers for files that do not exist.
        app.MapGet($"{Path}/{{*path}}", static (HttpContext context) => context.Refuse(Errors.NotFound)).ExcludeFromDescription().PublicFunction("ApiDocs");
    }

    /// <summary>Setting <c>ApiDocs:Enabled</c>; on by default.</summary>
    private static bool IsEnabled(IConfiguration configuration) => configuration.GetValue("ApiDocs:Enabled", true);

    private static string? SchemaName(Type type)
    {
        if (type.IsPrimitive || type == typeof(string) || type.IsArray || type.IsGenericType && type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
            || type.Namespace?.StartsWith("Crm.", StringComparison.Ordinal) != true || type.Name.StartsWith("Optional", StringComparison.Ordinal) || type == typeof(ClientTime))
            return null;
        var name = type.IsGenericType ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + string.Concat(type.GetGenericArguments().Select(SchemaName)) : type.Name;
        return type.DeclaringType is { } outer ? outer.Name + name : name;
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Crm API",
            Version = "1",
            Description = """
                Sign in with `POST /auth/login` (demo: `owner@acme.test`, `Passw0rd!demo`), press **Authorize** and paste the `accessToken`.

                Every answer is `{"success":true,"data":…}` or `{"success":false,"error":{"code","message","details"},"requestId"}`.
                Lists page with `page` and `pageSize` (100 at most). Every POST takes an `Idempotency-Key`. Every path also answers under `/api`.
                """,
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [BearerAuthentication.SchemeName] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
        };
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (!metadata.OfType<Microsoft.AspNetCore.Authorization.IAllowAnonymous>().Any())
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(BearerAuthentication.SchemeName, context.Document)] = [] }];
        if (metadata.OfType<Requires>().FirstOrDefault() is { } requires)
        {
            var row = Permissions.Of(requires.Permission);
            operation.Description = $"{operation.Description}\n\nOwner: {Word(row.Owner)}. Manager: {Word(row.Manager)}. Staff: {Word(row.Staff)}.".Trim();
        }

        if (context.Description.ParameterDescriptions.FirstOrDefault(parameter => parameter.Source.Id == "Body")?.Type is { } body
            && body.GetProperty("Example")?.GetValue(null) is { } example
            && operation.RequestBody?.Content?.TryGetValue("application/json", out var content) == true)
            content.Example = Example(example);

        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<System.Reflection.MethodInfo>().FirstOrDefault() is { } handler
            && handler.GetParameters().Any(parameter => parameter.ParameterType == typeof(Paging)))
            AddPaging(operation);
        return Task.CompletedTask;
    }

    private static string Word(Reach reach) => reach switch
    {
        Reach.None => "not allowed",
        Reach.Own => "their own",
        Reach.All => "all",
    };

    // Only what is given: an example shows the fields one would send.
    private static JsonObject Example(object example)
    {
        var node = JsonSerializer.SerializeToNode(example, JsonSerializerOptions.Web)!.AsObject();
        foreach (var property in example.GetType().GetProperties())
        {
            if (property.GetMethod!.IsStatic)
                continue;
            if (property.GetValue(example) is null or IOptional { IsSet: false })
                node.Remove(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        }

        return node;
    }

    private static void AddPaging(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        foreach (var (name, type, about) in new[]
        {
            ("page", JsonSchemaType.Integer, "From 1."),
            ("pageSize", JsonSchemaType.Integer, "Rows a page, 25 by default, 100 at most. Alias: limit."),
            ("cursor", JsonSchemaType.String, "The nextCursor of the page before, instead of page."),
            ("sortBy", JsonSchemaType.String, "The field to sort by."),
            ("sortOrder", JsonSchemaType.String, "asc or desc."),
        })
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = about, Schema = new OpenApiSchema { Type = type } });
    }

    private static async Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>))
        {
            var inner = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], null, ct);
            (schema.Type, schema.Format, schema.Items) = (inner.Type, inner.Format, inner.Items);
        }
        else if (type == typeof(ClientTime) || type == typeof(ClientTime?))
        {
            schema.Type = JsonSchemaType.String;
            schema.Format = "date-time";
        }

        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(OneOfAttribute), false).FirstOrDefault() is OneOfAttribute words)
            schema.Enum = [.. words.Words.Select(word => (JsonNode)word!)];
    }
}

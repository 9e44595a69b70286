using Crm.Functions.Auth;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>
/// The API's description, made from the code: OpenAPI 3.1 at <c>/api-docs.json</c>, Swagger UI at <c>/api-docs</c>. What it says of a
/// route is in <see cref="ApiOperations"/>, of a type in <see cref="ApiSchemas"/>.
/// </summary>
public static class ApiDocs
{
    private const string Path = "/api-docs";

    public static void AddApiDocs(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.CreateSchemaReferenceId = type => ApiSchemas.Name(type.Type);
        options.AddOperationTransformer(ApiOperations.Describe);
        options.AddSchemaTransformer(ApiSchemas.Describe);
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
    });

    /// <summary>Serves the pages; before routing, so that Swagger UI's own files are found.</summary>
    public static void UseApiDocs(this IApplicationBuilder app, IConfiguration configuration)
    {
        if (!IsEnabled(configuration))
            return;
        app.Use(next =>
        {
            // Made when somebody reads them: a cold start answers a request of the API.
            RequestDelegate? pages = null;
            return context => context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase)
                ? (pages ??= Pages(app, next))(context)
                : next(context);
        });
    }

    private static RequestDelegate Pages(IApplicationBuilder app, RequestDelegate next)
    {
        var branch = app.New();
        branch.UseSwaggerUI(options =>
        {
            options.RoutePrefix = Path.Trim('/');
            options.SwaggerEndpoint($"..{Path}.json", "Crm API");
            options.DocumentTitle = "Crm API";
            // There is only one document to choose.
            options.HeadContent = "<style>.swagger-ui .topbar { display: none }</style>";
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.DisplayRequestDuration();
        });
        branch.Run(next);
        return branch.Build();
    }

    /// <summary>Serves the document; <c>GET /</c> leads to its page or, where that is switched off, says what is here.</summary>
    public static void MapApiDocs(this IEndpointRouteBuilder endpoints, IConfiguration configuration)
    {
        var isEnabled = IsEnabled(configuration);
        if (isEnabled)
            endpoints.MapOpenApi($"{Path}.json").AllowAnonymous();
        endpoints.MapGet("/", context =>
        {
            if (!isEnabled)
                return context.Response.WriteAsJsonAsync(
                    new { name = "Crm", version = typeof(ApiDocs).Assembly.GetName().Version!.ToString(3), health = $"{context.Request.PathBase}/health" },
                    context.RequestAborted);
            context.Response.Redirect($"{context.Request.PathBase}{Path}");
            return Task.CompletedTask;
        }).AllowAnonymous();
    }

    /// <summary>Setting <c>ApiDocs:Enabled</c>; on by default.</summary>
    private static bool IsEnabled(IConfiguration configuration) => configuration.GetValue("ApiDocs:Enabled", true);

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Crm API",
            Version = "1",
            License = new() { Name = "All rights reserved", Identifier = "LicenseRef-All-Rights-Reserved" },
            Description = """
                Sign in with `POST /auth/login` (demo: `owner@acme.test`, `Passw0rd!demo`), press **Authorize** and paste the `accessToken`.

                Every answer is `{"success":true,"data":…}` or `{"success":false,"error":{"code","message","details"},"message","requestId"}`.
                Lists page with `page` and `pageSize` (100 at most). Every POST takes an `Idempotency-Key`. Every path also answers under `/api`.
                Times are UTC in answers; a date or time without an offset in a request is in the organisation's time zone.
                """,
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [BearerAuthentication.SchemeName] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        // Forms say what their file is in place.
        document.Components.Schemas.Remove(nameof(IFormFile));
        ApiFields.Describe(document);
        document.Components.Schemas[ApiError.Name] = ApiError.Schema();
        ApiTags.Order(document);
    }
}

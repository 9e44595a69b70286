using System.Reflection;
using Crm.Functions.Auth;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>What the API's description says of each operation beyond what the framework finds: who may call it, what it takes, what it refuses.</summary>
internal static class ApiOperations
{
    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var handler = metadata.OfType<MethodInfo>().First();
        var method = context.Description.HttpMethod!;
        var isPublic = metadata.OfType<IAllowAnonymous>().Any();
        operation.Security = isPublic ? [] : [new() { [new OpenApiSecuritySchemeReference(BearerAuthentication.SchemeName, context.Document)] = [] }];
        if (metadata.OfType<AllowAttribute>().FirstOrDefault() is { } allow)
        {
            var row = Permissions.Of(allow.Permission);
            operation.Description = $"{operation.Description}\n\nOwner: {Word(row.Owner)}. Manager: {Word(row.Manager)}. Staff: {Word(row.Staff)}.".Trim();
        }

        ApiBodies.AddExample(operation, metadata.OfType<IAcceptsMetadata>().FirstOrDefault()?.RequestType);
        ApiBodies.DescribeForm(operation, handler.GetParameters());
        operation.Parameters ??= [];
        ApiParameters.DescribePath(operation, context.Description.RelativePath!);
        foreach (var parameter in handler.GetParameters())
            ApiParameters.DescribeQuery(operation, parameter);
        var code = new UseCaseCode(handler);
        AddVersion(operation, method, code);
        if (method == "POST" && !isPublic)
            operation.Parameters.Add(ApiParameters.Header(
                "Idempotency-Key",
                "Any text of your own, 255 characters at most: a repeat with the same key and body gets the first reply instead of happening again."));
        ApiRefusals.Describe(operation, context.Document!, metadata, method, code);
        return Task.CompletedTask;
    }

    private static string Word(Reach reach) => reach switch
    {
        Reach.None => "not allowed",
        Reach.Own => "their own",
        Reach.All => "all",
    };

    private static void AddVersion(OpenApiOperation operation, string method, UseCaseCode code)
    {
        if (code.HeedsVersion)
            operation.Parameters!.Add(ApiParameters.Header("If-Match", "The ETag you have: 409 VERSION_CONFLICT when somebody changed the record since."));
        if (!code.HasTag)
            return;
        if (operation.Responses!["200"] is OpenApiResponse response)
            response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
            {
                ["ETag"] = new OpenApiHeader { Description = "The version of what is answered.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
            };
        if (method != "GET")
            return;
        operation.Parameters!.Add(ApiParameters.Header("If-None-Match", "The ETag you have: 304 when it is still the current one."));
        operation.Responses["304"] = new OpenApiResponse { Description = "You have the current version." };
    }
}

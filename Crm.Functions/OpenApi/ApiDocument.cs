using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Crm.Functions.OpenApi;

/// <summary>The OpenAPI document without a running host: for the command line, and for the test that compares it with the committed one.</summary>
public static class ApiDocument
{
    public static async Task<string> Of(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
    }
}

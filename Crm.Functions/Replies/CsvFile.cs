using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Replies;

/// <summary>
/// What a use case returns that answers with a CSV file to save, or an <see cref="Error"/> in the envelope. Its type says so to the OpenAPI document.
/// </summary>
public sealed class CsvFile : IResult, IEndpointMetadataProvider
{
    private readonly IResult _result;

    public CsvFile(byte[] content, string name) => _result = Results.File(content, "text/csv; charset=utf-8", name);

    private CsvFile(Error error) => _result = new Refusal(error);

    public static implicit operator CsvFile(Error error) => new(error);

    public Task ExecuteAsync(HttpContext httpContext) => _result.ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/csv"]));
}

using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Invoices.Pdf;

/// <summary>What a use case returns that answers with a PDF, or an <see cref="Error"/> in the envelope. Its type says so to the OpenAPI document.</summary>
public sealed class PdfFile : IResult, IEndpointMetadataProvider
{
    private readonly IResult _result;

    public PdfFile(byte[] content, string name) => _result = Results.File(content, "application/pdf", name);

    private PdfFile(Error error) => _result = new Refusal(error);

    public static implicit operator PdfFile(Error error) => new(error);

    public Task ExecuteAsync(HttpContext httpContext) => _result.ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(byte[]), ["application/pdf"]));
}

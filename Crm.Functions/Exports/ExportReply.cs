using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Exports;

/// <summary>What an export answers with: the file, as it is written; where it is made in the background, how to follow it; or an <see cref="Error"/>.</summary>
public sealed class ExportReply : IResult, IEndpointMetadataProvider
{
    private readonly Func<HttpContext, Task> _answer;

    private ExportReply(Func<HttpContext, Task> answer) => _answer = answer;

    public static implicit operator ExportReply(Error error) => new(context => context.Refuse(error));

    public static implicit operator ExportReply(Export export) => new(((Accepted<Export>)export).ExecuteAsync);

    /// <summary>A file to save. One that fails on its way is cut off, so that nobody takes it for whole.</summary>
    public static ExportReply File(string name, string contentType, Func<Stream, CancellationToken, Task> write) => new(async context =>
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        context.Response.Headers.CacheControl = "no-store";
        var output = new PatientStream(context.Response.Body);
        await write(output, context.RequestAborted);
        await output.FlushAsync(context.RequestAborted);
    });

    public Task ExecuteAsync(HttpContext httpContext) => _answer(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/csv", ExportPlan.Excel]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status202Accepted, typeof(Envelope<Export>), ["application/json"]));
    }
}

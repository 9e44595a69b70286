using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Crm.Functions.Hosting;

/// <summary>The shape of every successful answer.</summary>
public sealed record Envelope<T>(bool Success, T Data);

/// <summary>
/// What a use case returns: its data or an <see cref="Error"/>, by implicit conversion, answered with 200 in the envelope.
/// Its type says to the OpenAPI document what the data looks like.
/// </summary>
public class Reply<T> : IResult, IEndpointMetadataProvider
{
    private readonly T? data;
    private readonly Error? error;

    protected Reply(T data) => this.data = data;

    protected Reply(Error error) => this.error = error;

    /// <summary>The version of a single record, sent as <c>ETag</c>; a request that has it already gets 304.</summary>
    public int? Version { get; init; }

    protected virtual int Status => StatusCodes.Status200OK;

    public static implicit operator Reply<T>(T data) => new(data);

    public static implicit operator Reply<T>(Error error) => new(error);

    public static Reply<T> Versioned(T data, int version) => new(data) { Version = version };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (error is not null)
            return httpContext.Refuse(error);

        if (Version is { } version)
        {
            var tag = Etag.Of(version);
            httpContext.Response.Headers.ETag = tag;
            if (HttpMethods.IsGet(httpContext.Request.Method) && httpContext.Request.Headers.IfNoneMatch == tag)
            {
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }

        httpContext.Response.StatusCode = Status;
        return Write(httpContext, data!);
    }

    protected virtual Task Write(HttpContext context, T data) => context.Response.WriteAsJsonAsync(new Envelope<T>(true, data), context.RequestAborted);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => Describe(builder, StatusCodes.Status200OK, typeof(Envelope<T>));

    protected static void Describe(EndpointBuilder builder, int status, Type type) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(status, type, ["application/json"]));
}

/// <summary>As <see cref="Reply{T}"/>, answered with 201: the use case created something.</summary>
public sealed class Created<T> : Reply<T>, IEndpointMetadataProvider
{
    private Created(T data) : base(data)
    {
    }

    private Created(Error error) : base(error)
    {
    }

    protected override int Status => StatusCodes.Status201Created;

    public static implicit operator Created<T>(T data) => new(data);

    public static implicit operator Created<T>(Error error) => new(error);

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Describe(builder, StatusCodes.Status201Created, typeof(Envelope<T>));
}

/// <summary>As <see cref="Reply{T}"/>, answered with 202: the work goes on in the background.</summary>
public sealed class Accepted<T> : Reply<T>, IEndpointMetadataProvider
{
    private Accepted(T data) : base(data)
    {
    }

    private Accepted(Error error) : base(error)
    {
    }

    protected override int Status => StatusCodes.Status202Accepted;

    public static implicit operator Accepted<T>(T data) => new(data);

    public static implicit operator Accepted<T>(Error error) => new(error);

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Describe(builder, StatusCodes.Status202Accepted, typeof(Envelope<T>));
}

public static class ErrorReply
{
    /// <summary>Writes an error answer: the only place that does.</summary>
    public static Task Refuse(this HttpContext context, Error error)
    {
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(ErrorEnvelope.Of(error, context), context.RequestAborted);
    }
}

using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Replies;

/// <summary>The shape of every successful answer.</summary>
public sealed record Envelope<T>(bool Success, T Data);

/// <summary>
/// What a use case returns: its data or an <see cref="Error"/>, by implicit conversion, answered with 200 in the envelope.
/// Its type says to the OpenAPI document what the data looks like.
/// </summary>
public class Reply<T> : IResult, IEndpointMetadataProvider
{
    private readonly T? _data;
    private readonly Error? _error;

    protected Reply(T data) => _data = data;

    protected Reply(Error error) => _error = error;

    /// <summary>The version of a single record, sent as <c>ETag</c>; a request that has it already gets 304.</summary>
    private int? Version { get; init; }

    private bool IsLive { get; init; }

    /// <summary>How long the caller's own browser may keep the answer.</summary>
    private TimeSpan? MaxAge { get; init; }

    /// <summary>What of the data makes it another answer.</summary>
    private object? Tagged { get; init; }

    protected virtual int Status => StatusCodes.Status200OK;

    public static implicit operator Reply<T>(T data) => new(data);

    public static implicit operator Reply<T>(Error error) => new(error);

    public static Reply<T> Versioned(T data, int version) => new(data) { Version = version };

    /// <summary>
    /// As <see cref="Versioned"/>, for a record of which a part changes without its version (a deal's place among the others): it is always answered in full.
    /// </summary>
    public static Reply<T> Live(T data, int version) => new(data) { Version = version, IsLive = true };

    /// <summary>
    /// Data that the caller's browser, and no shared cache, may keep for a while. Afterwards it asks with the answer's tag, and gets
    /// 304 when <paramref name="tagged"/> (the data without its time stamps) is still the same.
    /// </summary>
    public static Reply<T> Cached(T data, TimeSpan maxAge, object tagged) => new(data) { MaxAge = maxAge, Tagged = tagged };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (_error is not null)
            return httpContext.Refuse(_error);

        if (MaxAge is { } maxAge)
        {
            httpContext.Response.GetTypedHeaders().CacheControl = new() { Private = true, MaxAge = maxAge };
            httpContext.Response.Headers.Vary = "Authorization";
        }

        if (Tag(httpContext) is { } tag)
        {
            httpContext.Response.Headers.ETag = tag;
            if (!IsLive && HttpMethods.IsGet(httpContext.Request.Method) && Etag.IsKnown(httpContext, tag))
            {
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }

        httpContext.Response.StatusCode = Status;
        return Write(httpContext, _data!);
    }

    private string? Tag(HttpContext context) =>
        Version is { } version ? Etag.Of(version)
        : Tagged is null ? null
        : Etag.Of(JsonSerializer.SerializeToUtf8Bytes(Tagged, context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));

    protected virtual Task Write(HttpContext context, T data) => context.Response.WriteAsJsonAsync(new Envelope<T>(true, data), context.RequestAborted);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => Describe(builder, StatusCodes.Status200OK, typeof(Envelope<T>));

    protected static void Describe(EndpointBuilder builder, int status, Type type) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(status, type, ["application/json"]));
}

/// <summary>An error as a result.</summary>
public sealed class Refusal(Error error) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => httpContext.Refuse(error);
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

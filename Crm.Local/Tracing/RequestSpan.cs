using System.Diagnostics;
using System.Globalization;

namespace Crm.Local.Tracing;

/// <summary>The host's own span of a request, which its function's is a part of. It goes on with the client's trace where there is one.</summary>
internal sealed class RequestSpan
{
    private readonly string _traceId;
    private readonly string _parentId;
    private readonly string _id = ActivitySpanId.CreateRandom().ToHexString();
    private readonly DateTimeOffset _begun = TimeProvider.System.GetUtcNow();

    private RequestSpan(string traceId, string parentId) => (_traceId, _parentId) = (traceId, parentId);

    /// <summary>Not marked as recorded: the real host's is not either, while it sends its spans to Application Insights by itself.</summary>
    public string TraceParent => $"00-{_traceId}-{_id}-00";

    public static RequestSpan Begin(HttpRequest request) =>
        ActivityContext.TryParse(request.Headers.TraceParent, traceState: null, out var client)
            ? new(client.TraceId.ToHexString(), client.SpanId.ToHexString())
            : new(ActivityTraceId.CreateRandom().ToHexString(), "");

    public FinishedSpan End(HttpContext context, TimeSpan time)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        // As in the log: the path as it came, without the query.
        var name = string.Create(CultureInfo.InvariantCulture, $"{request.Method} {request.Path.ToUriComponent()} {status}");
        return new(_traceId, _id, _parentId, TraceView.Host, name, (ulong)_begun.ToUnixTimeMilliseconds() * 1_000_000, time)
        {
            IsError = status >= StatusCodes.Status500InternalServerError,
        };
    }
}

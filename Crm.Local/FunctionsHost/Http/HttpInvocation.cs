using System.Text.Json;
using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Tracing;

namespace Crm.Local.FunctionsHost.Http;

/// <summary>The gRPC half of an HTTP call: which function, and the values of its route and query, which bind to parameters by name.</summary>
internal static class HttpInvocation
{
    private const string Headers = "Headers";

    // The request itself goes the other way; here it is only announced.
    private static readonly TypedData Announced = new() { Http = new() };
    private static readonly RpcTraceContext NoTrace = new();

    public static InvocationRequest Request(HttpContext context, LoadedFunction function, RouteValueDictionary values)
    {
        var trace = context.Features.Get<RequestSpan>() is { } span ? new RpcTraceContext { TraceParent = span.TraceParent } : NoTrace;
        var request = new InvocationRequest { InvocationId = Guid.NewGuid().ToString(), FunctionId = function.Id, TraceContext = trace };
        request.InputData.Add(new ParameterBinding { Name = function.Function!.Binding, Data = Announced });
        if (context.Request.QueryString.HasValue)
        {
            foreach (var (name, text) in context.Request.Query)
            {
                // The function key is the host's own parameter. The worker takes no name twice, and the route's word counts.
                if (!name.Equals("code", StringComparison.OrdinalIgnoreCase) && !values.ContainsKey(name))
                    request.TriggerMetadata[name] = new() { String = text.ToString() };
            }
        }

        foreach (var (name, value) in values)
        {
            if (value is not null)
                request.TriggerMetadata[name] = new() { String = value.ToString() };
        }

        AddForwarded(context, request);
        return request;
    }

    /// <summary>
    /// The real host adds all headers. What arrives with the request need not come twice; only what a front end said about the client is found nowhere else,
    /// because the proxy replaces it.
    /// </summary>
    private static void AddForwarded(HttpContext context, InvocationRequest request)
    {
        var headers = context.Request.Headers;
        if (headers.ContainsKey("X-Forwarded-For") && !request.TriggerMetadata.Keys.Contains(Headers, StringComparer.OrdinalIgnoreCase))
            request.TriggerMetadata[Headers] = new()
            {
                Json = JsonSerializer.Serialize(headers.ToDictionary(static header => header.Key, static header => header.Value.ToString())),
            };
    }
}

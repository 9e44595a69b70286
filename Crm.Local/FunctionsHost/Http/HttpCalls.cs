using System.Net;
using System.Text;
using Crm.Local.FunctionsHost.Workers;
using Yarp.ReverseProxy.Forwarder;

namespace Crm.Local.FunctionsHost.Http;

/// <summary>
/// Calls a function over HTTP, which takes two halves tied by the invocation's id: the request is
/// forwarded to the worker's own server, and the worker is told over gRPC which function it is for.
/// </summary>
internal sealed class HttpCalls(IHttpForwarder forwarder) : IDisposable
{
    public const string InvocationIdHeader = "x-ms-invocation-id";

    // The platform's front end gives up on a call that has been silent for so long.
    private static readonly ForwarderRequestConfig Forwarding = new()
    {
        ActivityTimeout = TimeSpan.FromSeconds(230),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    });

    /// <summary>Answers the request. The status is the function's, or 500 when its invocation failed.</summary>
    public async Task<InvocationResult> Call(HttpContext context, ReadyWorker worker, LoadedFunction function, RouteValueDictionary values)
    {
        var request = HttpInvocation.Request(context, function, values);
        // A client's own value would tie its request to an invocation that there is not.
        context.Request.Headers[InvocationIdHeader] = request.InvocationId;
        var invocation = worker.Channel.Begin(request);
        var error = await forwarder.SendAsync(context, worker.HttpPrefix, _client, Forwarding, HostTransformer.Instance);
        if (error != ForwarderError.None)
            worker.Channel.Cancel(invocation);
        var result = await invocation.Result;
        // The worker answers a function that threw with an empty 200: that it failed comes by the other way.
        if ((error is not (ForwarderError.None or ForwarderError.RequestTimedOut) || !result.Succeeded) && !context.RequestAborted.IsCancellationRequested)
            Fail(context);
        return result;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>An answer that has begun cannot be taken back: its connection is cut, so that it does not look complete.</summary>
    public static void Fail(HttpContext context, int status = StatusCodes.Status500InternalServerError)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
    }
}

using Yarp.ReverseProxy.Forwarder;

namespace Crm.Local.FunctionsHost.Http;

/// <summary>
/// What the real host's proxy changes in a request's headers. Who called is what this host saw: a client's
/// own word about it is replaced. The worker believes these headers and shows functions the public address.
/// </summary>
internal sealed class HostTransformer : HttpTransformer
{
    public static readonly HostTransformer Instance = new();

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        headers.Host = null;
        Set("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString() ?? "");
        Set("X-Forwarded-Proto", httpContext.Request.Scheme);
        Set("X-Forwarded-Host", httpContext.Request.Host.Value ?? "");

        void Set(string name, string value)
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        }
    }
}

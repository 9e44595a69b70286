using System.Net;
using Crm.Local.Services;
using Yarp.ReverseProxy.Forwarder;

namespace Crm.Local.Providers;

/// <summary>
/// The S3 server at the address of the other vendors: it stays the same between starts, as links to pictures must, and the store breaks when it is told to.
/// </summary>
internal sealed class S3Front(Uri server, Faults faults, IHttpForwarder forwarder) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None });

    public void Map(IEndpointRouteBuilder routes) => routes.Map($"/{S3Server.Bucket}/{{**key}}", Forward);

    public void Dispose() => _http.Dispose();

    private async Task Forward(HttpContext context)
    {
        var fault = await faults.Apply("s3", context.RequestAborted);
        if (fault is { Status: { } status, AnswerLost: false })
        {
            context.Response.StatusCode = status;
            return;
        }

        // Signed for this address, which the server looks at.
        var error = await forwarder.SendAsync(context, server.GetLeftPart(UriPartial.Authority), _http, ForwarderRequestConfig.Empty, KeepHost.Transformer);
        if (error == ForwarderError.None)
            Faults.Breaks(fault, context);
    }

    private sealed class KeepHost : HttpTransformer
    {
        public static readonly KeepHost Transformer = new();

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }
    }
}

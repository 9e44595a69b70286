using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace Crm.Bench.Servers;

/// <summary>YARP and nothing else: what any host costs that forwards requests with it.</summary>
internal static class Proxy
{
    public static WebApplication Build(WebApplicationBuilder builder, string target)
    {
        builder.Services.AddHttpForwarder();
        var app = builder.Build();
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        });
        var forwarding = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        app.Run(async context => await forwarder.SendAsync(context, target, client, forwarding));
        return app;
    }
}

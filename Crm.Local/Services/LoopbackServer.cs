using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Crm.Local.Services;

/// <summary>A web server of ours: on 127.0.0.1 alone, configured by nothing but this code, and stopped by nobody but its owner.</summary>
internal static class LoopbackServer
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    public static WebApplicationBuilder CreateBuilder(int port, long? maxBodySize, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBodySize;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = protocols);
        });

        // Nothing of ours blocks a thread, so what a socket brings is handled where it arrived: each hop to another thread costs as much as many a handler.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);

        // The framework's own lifetime would stop this server on Ctrl-C, ahead of its turn.
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.Services.AddRouting();
        return builder;
    }

    /// <summary>Starts the server and returns its address.</summary>
    public static async Task<Uri> Start(WebApplication app, int port, string portOption, CancellationToken ct)
    {
        try
        {
            await app.StartAsync(ct);
            return new Uri(app.Urls.First());
        }
        catch (IOException error)
        {
            throw new StackException(
                $"Port {port} is already in use. Stop the program that uses it, or choose another port with {portOption} (0 picks a free one).", error);
        }
    }

    /// <summary>Stops accepting, lets running requests end for a moment, and cuts the rest.</summary>
    public static async Task Stop(WebApplication app)
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
    }

    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

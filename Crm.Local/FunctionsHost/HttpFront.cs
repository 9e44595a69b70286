using Crm.Local.Services;
using Microsoft.AspNetCore.Routing.Constraints;

namespace Crm.Local.FunctionsHost;

/// <summary>The port browsers talk to: forwards exactly the declared routes, answers CORS preflight itself, and everything else with a bare 404.</summary>
public sealed class HttpFront : IAsyncDisposable
{
    /// <summary>The platform's limit for a request body.</summary>
    private const long MaxBodySize = 100L * 1024 * 1024;

    private readonly WebApplication _server;

    private HttpFront(WebApplication server, Uri address)
    {
        _server = server;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="app">Whose HTTP functions are forwarded.</param>
    /// <param name="handler">Sends to the handler at <paramref name="handlerAddress"/>.</param>
    /// <param name="handlerAddress">Scheme, host and port of the handler.</param>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="cors">Allowed origins; empty turns CORS off.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<HttpFront> StartAsync(
        FunctionApp app, HttpMessageInvoker handler, Uri handlerAddress, int port, IReadOnlyList<string> cors, CancellationToken ct = default)
    {
        var builder = LoopbackServer.CreateBuilder(port, MaxBodySize);
        builder.Services.AddCors();
        var server = builder.Build();
        if (cors.Count > 0)
        {
            server.UseCors(policy => policy.WithOrigins([.. cors]).AllowAnyHeader().AllowAnyMethod());
        }

        server.Use(KeepAdminForTheHost);
        server.UseRouter(Routes(server, app, new HttpProxy(handler, handlerAddress)));
        try
        {
            return new(server, await LoopbackServer.StartAsync(server, port, "--port", ct));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LoopbackServer.StopAsync(_server);
    }

    /// <summary>The host never gives this path to a function, whatever its route says.</summary>
    private static Task KeepAdminForTheHost(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>
    /// The same router as the real host's (WebJobsRouter): routes are tried in the order of the functions' names, and a method that no function declares is a 404,
    /// because the method is a constraint of the route. Endpoint routing would pick by specificity and answer 405.
    /// </summary>
    private static RouteCollection Routes(WebApplication server, FunctionApp app, HttpProxy proxy)
    {
        var constraints = server.Services.GetRequiredService<IInlineConstraintResolver>();
        var routes = new RouteCollection();
        foreach (var function in app.Http)
        {
            var methods = new Dictionary<string, object>();
            if (function.Methods.Count > 0)
            {
                methods.Add("httpMethod", new HttpMethodRouteConstraint([.. function.Methods]));
            }

            var template = $"{app.RoutePrefix.Trim('/')}/{function.Route.Trim('/')}".Trim('/');
            routes.Add(new Microsoft.AspNetCore.Routing.Route(new RouteHandler(proxy.ForwardAsync), function.Name, template, null, methods, null, constraints));
        }

        return routes;
    }
}

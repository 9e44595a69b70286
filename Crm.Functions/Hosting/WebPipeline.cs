using Crm.Functions.Idempotency;
using Crm.Functions.OpenApi;

namespace Crm.Functions.Hosting;

/// <summary>What every request passes through.</summary>
public sealed class WebPipeline
{
    /// <summary>The largest body, 10 MiB.</summary>
    private const long LargestBody = 10 * 1024 * 1024;

    private const string ExposedHeaders =
        "Content-Disposition, ETag, X-Request-Id, Retry-After, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";

    private readonly FunctionEndpoints _functions;
    private readonly RequestDelegate _run;

    public WebPipeline(IServiceProvider services, FunctionEndpoints functions, IConfiguration configuration)
    {
        _functions = functions;
        var app = new ApplicationBuilder(services);
        app.UseRequestIds();
        app.UsePathBase("/api");
        app.Use(ExposeHeaders);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = Problems.OfException,
            SuppressDiagnosticsCallback = static context => Problems.Of(context.Exception).Status < StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePages(static context => context.HttpContext.Refuse(Problems.OfStatus(context.HttpContext)));
        app.Use(AnswerHeadAsGet);
        app.UseApiDocs(configuration);
        app.UseRouting();
        app.Use(LimitBody);
        app.Use(DenyByDefault);
        app.UseAuthentication();
        app.UseRateLimit();
        app.UseAuthorization();
        app.UseForms();
        app.UseIdempotency();
        app.UseEndpoints(endpoints =>
        {
            endpoints.DataSources.Add(functions);
            endpoints.MapApiDocs(configuration);
        });
        _run = app.Build();
    }

    /// <summary>
    /// Answers a request. The worker has routed it already, among the same templates by the same precedence: its choice stands, so that a start does not build
    /// a second routing table. Where it fell back, we route ourselves.
    /// </summary>
    public Task Run(HttpContext http)
    {
        var function = http.GetEndpoint() is { DisplayName: { } name } && name != Fallback.Name ? _functions.Named(name) : null;
        if (function is null)
            http.Request.RouteValues.Clear();
        http.SetEndpoint(function);
        return _run(http);
    }

    /// <summary>Whether an endpoint says whom it is for.</summary>
    public static bool IsGuarded(EndpointMetadataCollection metadata) =>
        metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<IAllowAnonymous>() is not null;

    private static Task ExposeHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static response =>
        {
            ((HttpResponse)response).Headers.AccessControlExposeHeaders = ExposedHeaders;
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }

    private static Task LimitBody(HttpContext context, RequestDelegate next)
    {
        var largest = context.GetEndpoint()?.Metadata.GetMetadata<LargeBodyAttribute>()?.Most ?? LargestBody;
        if (context.Request.ContentLength > largest)
            return context.Refuse(Errors.PayloadTooLarge);
        // One of unknown length is counted as it is read. The server's own limit would cut
        // the connection while the host still writes to it, which it answers with 500.
        if (context.Request.ContentLength is null)
            context.Request.Body = new LimitedBody(context.Request.Body, largest);
        return next(context);
    }

    // The server leaves the body out.
    private static Task AnswerHeadAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            HeadRequests.AnswerAsGet(context);
        return next(context);
    }

    // A function that does not say whom it is for answers nobody. (The endpoint that says 405 is no route's.)
    private static Task DenyByDefault(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint() is RouteEndpoint endpoint && !IsGuarded(endpoint.Metadata) ? context.Refuse(Errors.Unauthorized) : next(context);
}

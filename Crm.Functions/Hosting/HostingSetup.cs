using System.Net;
using System.Text.Encodings.Web;
using System.Threading.RateLimiting;
using Crm.Functions.Auth;
using Crm.Functions.Hosting.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Crm.Functions.Hosting;

/// <summary>The app as a Functions custom handler: where it listens, and what every request passes through.</summary>
public static class HostingSetup
{
    /// <summary>The largest body, 10 MiB.</summary>
    private const long LargestBody = 10 * 1024 * 1024;

    /// <summary>The largest body the platform passes on. One of a size in between is refused, but read: cut off, its sender would never see the answer.</summary>
    private const long LargestBodyRead = 100 * 1024 * 1024;
    private const int DefaultPort = 7070;
    private const int DefaultRequestsPerMinute = 1200;
    private const string ExposedHeaders = "Content-Disposition, ETag, X-Request-Id, Retry-After, Idempotency-Replayed";

    public static void AddHosting(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Loopback only: the Functions host is the one client.
            kestrel.Listen(IPAddress.Loopback, configuration.GetValue("FUNCTIONS_CUSTOMHANDLER_PORT", DefaultPort));
            kestrel.Limits.MaxRequestBodySize = LargestBodyRead;
            kestrel.AddServerHeader = false;
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
        builder.Services.AddSingleton(Clock(builder));
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new UtcTimeConverter());
            // JSON is never inlined in HTML here: letters stay letters.
            json.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddValidation();
        // Before the framework's own writer: the first that can, writes.
        builder.Services.AddSingleton<IProblemDetailsWriter, Problems>();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<Totals>();
        AddRateLimit(builder);
    }

    public static void UseHosting(this WebApplication app)
    {
        app.UseRequestIds();
        app.UsePathBase("/api");
        app.Use(static (context, next) =>
        {
            context.Response.OnStarting(static response =>
            {
                ((HttpResponse)response).Headers.AccessControlExposeHeaders = ExposedHeaders;
                return Task.CompletedTask;
            }, context.Response);
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.OfException, SuppressDiagnosticsCallback = static context => Problems.Of(context.Exception) != Errors.Internal });
        app.UseStatusCodePages(static context => context.HttpContext.Refuse(Problems.OfStatus(context.HttpContext)));
        app.Use(static (context, next) =>
        {
            if (context.Request.ContentLength > LargestBody)
                return context.Refuse(Errors.PayloadTooLarge);
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LargestBody;
            return next(context);
        });
        app.UseApiDocs();
        app.UseRouting();
        app.UseEndpointGuard();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseIdempotency();
    }

    private static TimeProvider Clock(WebApplicationBuilder builder) =>
        builder.Environment.IsDevelopment() && builder.Configuration["Clock:OffsetFile"] is { Length: > 0 } file ? new MovableClock(file) : TimeProvider.System;

    // Setting RateLimit:PerMinute, 0 for none. Each instance counts for itself: a brake on a runaway client, not a quota.
    private static void AddRateLimit(WebApplicationBuilder builder)
    {
        var perMinute = builder.Configuration.GetValue("RateLimit:PerMinute", DefaultRequestsPerMinute);
        builder.Services.AddRateLimiter(options =>
        {
            options.OnRejected = static (rejected, _) => new ValueTask(rejected.HttpContext.Refuse(Errors.TooManyRequests with
            {
                RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1),
            }));
            if (perMinute > 0)
                options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, perMinute));
        });
    }

    private static RateLimitPartition<string> Partition(HttpContext context, int perMinute)
    {
        // The host itself is never slowed down.
        if (context.GetEndpoint()?.Metadata.GetMetadata<Trigger>() is not null)
            return RateLimitPartition.GetNoLimiter("");
        var client = context.Features.Get<Caller>()?.UserId.ToString() ?? ClientAddress.Of(context) ?? "";
        return RateLimitPartition.GetSlidingWindowLimiter(client, _ => new() { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 });
    }
}

using System.Globalization;
using System.Threading.RateLimiting;
using Crm.Functions.Auth;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Hosting;

/// <summary>
/// How many requests a user, or a network that is not signed in, may make in a minute: setting <c>RateLimit:PerMinute</c>, 0 for no limit. Each instance counts
/// for itself: a brake on a runaway client, not a quota. Every answer says how much is left.
/// </summary>
public static class RateLimit
{
    private const int DefaultPerMinute = 1200;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>What the window moves by.</summary>
    private const int Segments = 6;

    public static void AddRateLimit(this FunctionsApplicationBuilder builder)
    {
        var perMinute = PerMinute(builder.Configuration);
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

    public static void UseRateLimit(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<IOptions<RateLimiterOptions>>().Value.GlobalLimiter is { } limiter)
        {
            var limit = PerMinute(app.ApplicationServices.GetRequiredService<IConfiguration>()).ToString(CultureInfo.InvariantCulture);
            app.Use((context, next) =>
            {
                context.Response.OnStarting(() =>
                {
                    var headers = context.Response.Headers;
                    headers["RateLimit-Limit"] = limit;
                    headers["RateLimit-Remaining"] = (limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0).ToString(CultureInfo.InvariantCulture);
                    // The window slides: after its length whatever was used is there again.
                    headers["RateLimit-Reset"] = Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
                    return Task.CompletedTask;
                });
                return next(context);
            });
        }

        app.UseRateLimiter();
    }

    private static int PerMinute(IConfiguration configuration) => configuration.GetValue("RateLimit:PerMinute", DefaultPerMinute);

    private static RateLimitPartition<string> Partition(HttpContext context, int perMinute)
    {
        var client = context.Features.Get<Caller>()?.UserId.ToString() ?? ClientAddress.Network(context) ?? "";
        return RateLimitPartition.GetSlidingWindowLimiter(client, _ => new() { PermitLimit = perMinute, Window = Window, SegmentsPerWindow = Segments });
    }
}

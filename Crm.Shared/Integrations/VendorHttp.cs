using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.CircuitBreaker;

namespace Crm.Shared.Integrations;

/// <summary>
/// The connections to a vendor. While it is down most calls are not made at all. None is repeated here: whether a call may be made again, who counts the
/// messages knows.
/// </summary>
internal static class VendorHttp
{
    /// <summary>Connections are made anew so that a change of the vendor's address is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private const int LeastCalls = 10;
    private const double MostFailing = 0.5;
    private static readonly TimeSpan Sampled = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(15);

    public static HttpClient Client(TimeSpan timeout, TimeProvider clock, DelegatingHandler? first = null)
    {
        var breaker = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
            {
                FailureRatio = MostFailing,
                MinimumThroughput = LeastCalls,
                SamplingDuration = Sampled,
                BreakDuration = Break,
                ShouldHandle = static args => new(IsFailure(args.Outcome)),
            })
            .Build();
        HttpMessageHandler handler = new ResilienceHandler(breaker)
        {
            InnerHandler = new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime, ConnectTimeout = ConnectTimeout, AllowAutoRedirect = false },
        };
        if (first is not null)
        {
            first.InnerHandler = handler;
            handler = first;
        }

        return new(handler) { Timeout = timeout };
    }

    /// <summary>What a call comes to that ended in an exception; null for one that is none of ours.</summary>
    public static CallOutcome? Outcome(Exception exception) => exception switch
    {
        BrokenCircuitException => new(CallResult.Unavailable, Error: "The vendor has been failing: the call was not made.") { RetryAfter = Break },
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        } => new(CallResult.Unavailable, Error: exception.Message),
        HttpRequestException or OperationCanceledException or IOException => new(CallResult.Unknown, Error: exception.Message),
        _ => null,
    };

    /// <summary>How long an answer asks to wait.</summary>
    public static TimeSpan? RetryAfter(System.Net.Http.Headers.HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter is { } given ? given.Delta ?? given.Date - now : null;
        return wait > TimeSpan.Zero ? wait : null;
    }

    private static bool IsFailure(Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { } answer ? (int)answer.StatusCode >= 500 : outcome.Exception is HttpRequestException;
}

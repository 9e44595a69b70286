using System.Diagnostics;

namespace Crm.Shared.Integrations;

/// <summary>
/// A call to a provider as it is told to whoever watches the app: a span, and how long it took with which outcome. What was sent, and to which address, is in
/// neither.
/// </summary>
internal static class ProviderCall
{
    /// <summary>Makes the call.</summary>
    /// <param name="provider">Whose: <c>sendgrid</c>, and so on.</param>
    /// <param name="operation">Which, as the method is called.</param>
    /// <param name="call">The call.</param>
    /// <param name="result">What its answer says became of it; one that throws has no answer.</param>
    public static async Task<T> Observe<T>(string provider, string operation, Func<Task<T>> call, Func<T, CallResult> result)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Telemetry.Source.StartActivity($"{provider} {operation}", ActivityKind.Client);
        var became = CallResult.Unknown;
        try
        {
            var answer = await call();
            became = result(answer);
            return answer;
        }
        finally
        {
            Tell(provider, operation, became, Stopwatch.GetElapsedTime(started), span);
        }
    }

    private static void Tell(string provider, string operation, CallResult became, TimeSpan time, Activity? span)
    {
        var tags = new TagList
        {
            { "crm.provider", provider },
            { "crm.operation", operation },
            { "crm.outcome", became.ToString().ToLowerInvariant() },
        };
        Telemetry.ProviderCalls.Record(time.TotalSeconds, tags);
        if (span is null)
            return;
        foreach (var (name, value) in tags)
            span.SetTag(name, value);
        if (became != CallResult.Accepted)
            span.SetStatus(ActivityStatusCode.Error);
    }
}

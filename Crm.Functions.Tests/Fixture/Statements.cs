using System.Collections.Concurrent;
using System.Diagnostics;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The statements that requests send to the database, found by the trace that they belong to.</summary>
internal static class Statements
{
    /// <summary>
    /// Runs <paramref name="requests"/> and returns what it made the app send, without begin and commit, and without finding the caller, which is remembered.
    /// </summary>
    public static async Task<IReadOnlyList<string>> Of(Func<Task> requests)
    {
        var sent = new ConcurrentQueue<string>();
        using var source = new ActivitySource(nameof(Statements));
        ActivityTraceId trace = default;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Npgsql" or "Microsoft.AspNetCore" or nameof(Statements),
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == "Npgsql"
                    && activity.TraceId == trace && Text(activity) is { } text && !text.Contains("Callers.cs", StringComparison.Ordinal))
                    sent.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = source.StartActivity();
        trace = activity!.TraceId;
        await requests();
        return [.. sent];
    }

    private static string? Text(Activity activity) => (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) as string;
}

using System.Globalization;
using System.Text.Json;
using Crm.Local.FunctionsHost.Rpc;

namespace Crm.Local.FunctionsHost.Timers;

/// <summary>A timer's call in the form in which the real host hands it to a worker. Its dates are local time with the offset.</summary>
internal static class TimerPayload
{
    private const string Date = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz";

    /// <param name="status">The status before this call; null for a timer that keeps none.</param>
    /// <param name="isPastDue">An occurrence was missed.</param>
    /// <param name="work">Which of its works alone the function is to do: the real host has no such word, and of all else there is none here.</param>
    public static TypedData Input(TimerStatus? status, bool isPastDue, string? work = null)
    {
        var payload = JsonSerializer.SerializeToNode(new
        {
            Schedule = new { AdjustForDST = true },
            ScheduleStatus = status is null ? null : new { Last = Text(status.Last), Next = Text(status.Next), LastUpdated = Text(status.LastUpdated) },
            IsPastDue = isPastDue,
        })!.AsObject();
        if (work is not null)
            payload["Work"] = work;
        return new() { Json = payload.ToJsonString() };
    }

    public static KeyValuePair<string, TypedData>[] Metadata(DateTimeOffset now) => [new("TimerTrigger", new() { String = Text(now) })];

    private static string Text(DateTimeOffset time) => time.ToString(Date, CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Queues.Models;

namespace Crm.Local.FunctionsHost;

/// <summary>
/// The body of an invocation, as azure-functions-host makes it (ScriptInvocationContextExtensions.ToHttpScriptInvocationContext): objects stay objects, dates are ISO text,
/// and every other value is JSON *inside a string*. A text is therefore encoded twice, and a number arrives as "1".
/// </summary>
public static class InvocationPayload
{
    private const string IsoSeconds = "yyyy-MM-dd'T'HH:mm:sszzz";
    private const string IsoTicks = "yyyy-MM-dd'T'HH:mm:ss.fffffffK";

    public static JsonObject ForQueue(QueueFunction function, QueueMessage message, DateTimeOffset now) => new()
    {
        ["Data"] = new JsonObject { [function.Binding] = Encoded(message.MessageText) },
        ["Metadata"] = new JsonObject
        {
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["ExpirationTime"] = Seconds(message.ExpiresOn),
            ["Id"] = Encoded(message.MessageId),
            ["InsertionTime"] = Seconds(message.InsertedOn),
            ["NextVisibleTime"] = Seconds(message.NextVisibleOn),
            ["PopReceipt"] = Encoded(message.PopReceipt),
            ["sys"] = Sys(function.Name, now),
        },
    };

    /// <summary>A timer without a monitor has no <paramref name="status"/>.</summary>
    public static JsonObject ForTimer(TimerFunction function, TimerStatus? status, bool isPastDue, DateTimeOffset now) => new()
    {
        ["Data"] = new JsonObject
        {
            [function.Binding] = new JsonObject
            {
                ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
                ["ScheduleStatus"] = status is null
                    ? null
                    : new JsonObject { ["Last"] = Ticks(status.Last), ["LastUpdated"] = Ticks(status.LastUpdated), ["Next"] = Ticks(status.Next) },
                ["IsPastDue"] = isPastDue,
            },
        },
        ["Metadata"] = new JsonObject { ["sys"] = Sys(function.Name, now) },
    };

    private static JsonObject Sys(string function, DateTimeOffset now) => new()
    {
        ["MethodName"] = function,
        ["UtcNow"] = now.UtcDateTime.ToString(IsoTicks, CultureInfo.InvariantCulture),
        ["RandGuid"] = Guid.NewGuid().ToString(),
    };

    private static string Encoded(string text) => JsonValue.Create(text).ToJsonString();

    private static string Seconds(DateTimeOffset? time) => time!.Value.ToString(IsoSeconds, CultureInfo.InvariantCulture);

    private static string Ticks(DateTimeOffset time) => time.UtcDateTime.ToString(IsoTicks, CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Shared.Integrations.AzureQueues;

/// <summary>
/// The text of a queue message: JSON, with the trace it belongs to while one is recorded. Queues carry nothing besides the text, so the trace is a member
/// among the others, which whoever reads the message as its record passes over.
/// </summary>
public static class QueueText
{
    /// <summary>The member's name, and its value's form: https://www.w3.org/TR/trace-context/#traceparent-header.</summary>
    public const string Trace = "traceparent";

    public static string Of<T>(T message)
    {
        if (Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } span
            || JsonSerializer.SerializeToNode(message, JsonSerializerOptions.Web) is not JsonObject json)
            return JsonSerializer.Serialize(message, JsonSerializerOptions.Web);
        json[Trace] = span.Id;
        return json.ToJsonString();
    }
}

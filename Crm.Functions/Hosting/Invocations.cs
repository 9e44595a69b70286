using System.Globalization;
using System.Text.Json;

namespace Crm.Functions.Hosting;

/// <summary>
/// A queue message as the Functions host delivers it: <c>{"Data":{"message":…},"Metadata":{"DequeueCount":…}}</c>. The text
/// comes as JSON inside a JSON string, sometimes twice, sometimes as the object itself.
/// </summary>
/// <param name="Body">What was sent.</param>
/// <param name="DequeueCount">Which try this is, from 1.</param>
public sealed record QueueMessage<T>(T Body, int DequeueCount)
{
    public static async ValueTask<QueueMessage<T>?> BindAsync(HttpContext context)
    {
        using var payload = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        var data = payload.RootElement.GetProperty("Data").EnumerateObject().First().Value.Clone();
        while (data.ValueKind == JsonValueKind.String)
        {
            using var inner = JsonDocument.Parse(data.GetString()!);
            data = inner.RootElement.Clone();
        }

        return new(data.Deserialize<T>(JsonSerializerOptions.Web)!, Dequeued(payload.RootElement));
    }

    private static int Dequeued(JsonElement payload)
    {
        if (!payload.TryGetProperty("Metadata", out var metadata) || !metadata.TryGetProperty(nameof(DequeueCount), out var count))
            return 1;
        return int.TryParse(count.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
    }
}

/// <summary>A timer's firing as the Functions host delivers it: <c>{"Data":{"timer":{"IsPastDue":…}}}</c>.</summary>
/// <param name="IsPastDue">Whether it comes late, because nothing ran when it was due.</param>
public sealed record TimerTick(bool IsPastDue)
{
    public static async ValueTask<TimerTick?> BindAsync(HttpContext context)
    {
        using var payload = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        var timer = payload.RootElement.GetProperty("Data").EnumerateObject().First().Value;
        return new(timer.ValueKind == JsonValueKind.Object && timer.TryGetProperty(nameof(IsPastDue), out var late) && late.ValueKind == JsonValueKind.True);
    }
}

/// <summary>The answer the host takes for success. Any status but 200 fails the invocation and the message comes again.</summary>
public sealed class InvocationReply : IResult
{
    public static readonly InvocationReply Done = new();

    private static ReadOnlySpan<byte> Body => """{"Outputs":{},"Logs":[],"ReturnValue":null}"""u8;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = Body.Length;
        await httpContext.Response.Body.WriteAsync(Body.ToArray(), httpContext.RequestAborted);
    }
}

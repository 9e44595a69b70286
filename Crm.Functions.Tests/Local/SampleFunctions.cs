using System.Threading.Channels;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace Crm.Functions.Tests.Local;

/// <summary>What the sample functions were called with.</summary>
public sealed class SampleCalls
{
    private readonly Channel<object?[]> _calls = Channel.CreateUnbounded<object?[]>();

    public void Add(params object?[] values) => _calls.Writer.TryWrite(values);

    public Task<object?[]> Next() =>
        _calls.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestWorkers.Patience, TestContext.Current.CancellationToken);
}

/// <summary>
/// Functions for a real worker: they show how what the host sends arrives in parameters. Their triggers are
/// in <see cref="SampleWorker"/>; an attribute stands only where it brings the converter of its parameter.
/// </summary>
public static class SampleFunctions
{
    public sealed record Thing(string Name, int Count);

    public static async Task Echo(HttpRequest request, FunctionContext context, string id, int n)
    {
        Calls(context).Add(id, n, request.HttpContext.Connection.RemoteIpAddress?.ToString(), request.Scheme, request.Host.Value);
        // All of it first: a client sends its whole body before it reads an answer.
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.CancellationToken);
        await request.HttpContext.Response.Body.WriteAsync(body.ToArray(), context.CancellationToken);
    }

    public static void Throw(HttpRequest request) => throw new InvalidOperationException($"thrown at {request.Path}");

    public static async Task Wait(HttpRequest request, FunctionContext context, CancellationToken ct)
    {
        Calls(context).Add("waiting");
        var aborted = new TaskCompletionSource();
        await using var registration = request.HttpContext.RequestAborted.Register(aborted.SetResult);
        await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await aborted.Task;
        Calls(context).Add("left", ct.IsCancellationRequested);
    }

    public static void Text(string message, FunctionContext context, int dequeueCount, DateTimeOffset insertionTime, string id, string popReceipt) =>
        Calls(context).Add(message, dequeueCount, insertionTime, id, popReceipt);

    public static void Record(Thing thing, FunctionContext context, string name) => Calls(context).Add(thing, name);

    public static void Whole([QueueTrigger("whole")] QueueMessage message, FunctionContext context) =>
        Calls(context).Add(message.MessageText, message.MessageId, message.DequeueCount, message.InsertedOn);

    public static void Tick(TimerInfo timer, FunctionContext context) =>
        Calls(context).Add(timer.IsPastDue, timer.ScheduleStatus!.Last, timer.ScheduleStatus.Next);

    private static SampleCalls Calls(FunctionContext context) => context.InstanceServices.GetRequiredService<SampleCalls>();
}

using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.FunctionsHost.Workers;

namespace Crm.Local.FunctionsHost;

/// <summary>Calls functions that are not called over HTTP, on whichever worker is running.</summary>
public sealed class FunctionInvoker(WorkerSupervisor worker)
{
    private static readonly RpcTraceContext NoTrace = new();

    /// <summary>Returns when there is a worker to call; fails with <see cref="WorkerDownException"/> when none comes.</summary>
    public async Task Ready(CancellationToken ct) => await worker.Ready(ct);

    /// <summary>
    /// Calls a function and returns how it went. <paramref name="ct"/> reaches the function
    /// as its cancellation; the call stays open until the function has heeded it.
    /// </summary>
    internal async Task<InvocationResult> Invoke(
        Function function, TypedData input, IEnumerable<KeyValuePair<string, TypedData>> metadata, CancellationToken ct)
    {
        var ready = await worker.Ready(ct);
        if (ready.Find(function.Name) is not { } loaded)
            return new(false, $"The worker has no function {function.Name}.", TimeSpan.Zero);
        if (loaded.Failure is not null)
            return new(false, loaded.Failure, TimeSpan.Zero);
        var request = new InvocationRequest { InvocationId = Guid.NewGuid().ToString(), FunctionId = loaded.Id, TraceContext = NoTrace };
        request.InputData.Add(new ParameterBinding { Name = function.Binding, Data = input });
        foreach (var (name, value) in metadata)
            request.TriggerMetadata[name] = value;
        // The real host fails a call that was cancelled before it was made.
        ct.ThrowIfCancellationRequested();
        var invocation = ready.Channel.Begin(request);
        await using var cancellation = ct.Register(() => ready.Channel.Cancel(invocation));
        return await invocation.Result;
    }
}

using Crm.Local.FunctionsHost.Rpc;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>How an invocation went; <paramref name="Error"/> is empty when it succeeded.</summary>
public sealed record InvocationResult(bool Succeeded, string Error, TimeSpan Duration);

/// <summary>A call of a function that the worker has not answered yet.</summary>
public sealed class Invocation
{
    private readonly TaskCompletionSource<InvocationResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private int _cancelled;

    public Invocation(string id) => Id = id;

    public string Id { get; }

    /// <summary>Never fails: a call that came to nothing has a result that says so.</summary>
    public Task<InvocationResult> Result => _result.Task;

    public TimeSpan Age => TimeProvider.System.GetElapsedTime(_started);

    /// <summary>True for whoever asks first: a worker is told once.</summary>
    internal bool MarkCancelled() => Interlocked.Exchange(ref _cancelled, 1) == 0;

    internal void Answer(InvocationResponse response)
    {
        // The proto's default is failure: an answer without a result is one.
        if (response.Result?.Status == StatusResult.Types.Status.Success)
            _result.TrySetResult(new(true, "", Age));
        else
            Fail(response.Result?.Exception is { } error ? $"{error.Type} {error.Message}".Trim() : "The function failed and did not say why.");
    }

    internal void Fail(string error) => _result.TrySetResult(new(false, error, Age));
}

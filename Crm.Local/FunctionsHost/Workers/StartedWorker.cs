namespace Crm.Local.FunctionsHost.Workers;

/// <summary>A worker that is up, with what is needed to see its end and to bring it about.</summary>
internal sealed record StartedWorker(IWorker Worker, ReadyWorker Ready)
{
    // What the real host gives it between asking and killing.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // A process that dies breaks its stream a moment before it can be waited for.
    private static readonly TimeSpan ExitAfterStream = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the worker has ended, hung up, or is to be stopped.</summary>
    public async Task EndOrStop(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        await Task.WhenAny(Worker.Exited, Ready.Channel.Ended, stopped.Task);
    }

    /// <summary>Asks it to end and waits; one that does not is killed.</summary>
    public async Task Stop()
    {
        Ready.Channel.Terminate(Grace);
        await Task.WhenAny(Worker.Exited, Task.Delay(Grace));
        await Discard();
    }

    /// <summary>Sees to it that nothing of it is left; returns how it ended.</summary>
    public async Task<string> Discard()
    {
        await Task.WhenAny(Worker.Exited, Task.Delay(ExitAfterStream));
        var how = Worker.Exited.IsCompleted ? $"ended with exit code {await Worker.Exited}" : "hung up or ran out of time, and was killed";
        Ready.Channel.Close();
        await Ready.Channel.Ended;
        await Worker.DisposeAsync();
        return how;
    }
}

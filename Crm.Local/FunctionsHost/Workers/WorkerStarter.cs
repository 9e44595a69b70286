namespace Crm.Local.FunctionsHost.Workers;

/// <summary>Brings up one worker: starts it, lets it dial in, shakes hands.</summary>
internal sealed class WorkerStarter(FunctionApp app, AppSettings settings, WorkerServer server, WorkerLauncher launch, HostLog log)
{
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(60);

    public async Task<StartedWorker> Start(CancellationToken ct)
    {
        var id = Guid.NewGuid().ToString();
        var channel = new WorkerChannel(app.FunctionTimeout, log.Entry);
        var dialled = server.Expect(id, channel);
        var launched = TimeProvider.System.GetTimestamp();
        var worker = await launch(new(server.Address, id, settings, log));
        try
        {
            await Dialled(worker, dialled, ct);
            var dialledAfter = TimeProvider.System.GetElapsedTime(launched);
            var ready = await new Handshake(app, settings, log).Run(channel, ct);
            ready.DialledAfter = dialledAfter;
            return new(worker, ready);
        }
        catch
        {
            server.Forget(id);
            channel.Close();
            await worker.DisposeAsync();
            throw;
        }
    }

    private static async Task Dialled(IWorker worker, Task dialled, CancellationToken ct)
    {
        try
        {
            if (await Task.WhenAny(dialled, worker.Exited).WaitAsync(DialLimit, ct) != dialled)
                throw new WorkerStartException($"It ended with exit code {await worker.Exited}.");
        }
        catch (TimeoutException late)
        {
            throw new WorkerStartException($"It did not call the host within {DialLimit.TotalSeconds} s.", late);
        }
    }
}

using Crm.Local.FunctionsHost.Workers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The isolated worker inside this process: it talks to its host as the real one does, but shares our memory and debugger.</summary>
public sealed class InProcessWorker : IWorker
{
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IHost _app;

    private InProcessWorker(IHost app)
    {
        _app = app;
        // The host's word to end reaches only the application's lifetime; a process would now return from its Main.
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => _ = Task.Run(End));
    }

    public int? ProcessId => null;

    public Task<int> Exited => _exited.Task;

    public static async Task<IWorker> Start(IHost app)
    {
        var worker = new InProcessWorker(app);
        await app.StartAsync();
        return worker;
    }

    /// <summary>
    /// The worker's web server listens on one port for the whole process, so only one worker could have it. The tests send their requests straight to the app's
    /// pipeline instead, and the worker says that it has no server.
    /// </summary>
    public static void WithoutWebServer(FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IServer, NoServer>();
        builder.Services.PostConfigure<WorkerOptions>(static worker => worker.Capabilities.Remove("HttpUri"));
    }

    public async ValueTask DisposeAsync() => await End();

    private async Task End()
    {
        await _app.StopAsync();
        _exited.TrySetResult(0);
    }

    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            // Nothing was opened.
        }
    }
}

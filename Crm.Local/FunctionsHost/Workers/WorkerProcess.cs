using Crm.Local.Processes;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>The worker as a process of its own, started with the command line and the environment that the real host gives it.</summary>
public sealed class WorkerProcess : IWorker
{
    // The real host's mark on the worker's own log lines.
    private const string ConsoleLogMark = "LanguageWorkerConsoleLog";
    private readonly ChildProcess _process;

    private WorkerProcess(ChildProcess process) => _process = process;

    public int? ProcessId => _process.Id;

    public Task<int> Exited => _process.Exited;

    /// <summary>Starts a worker of an app. What it prints goes to the log, its errors to the screen as well.</summary>
    public static async Task<IWorker> Start(FunctionApp app, WorkerStart start) =>
        new WorkerProcess(await ChildProcess.Start(new ChildCommand(app.Executable, [app.Worker, .. start.Arguments])
        {
            WorkingDirectory = app.Folder,
            Environment = new Dictionary<string, string>(start.Settings.Values)
            {
                ["FUNCTIONS_APPLICATION_DIRECTORY"] = app.Folder,
                ["FUNCTIONS_WORKER_DIRECTORY"] = app.Folder,
            },
            StopSignal = Signal.Kill,
            // With the host gone nobody calls it any more, and it would not notice: end at once, as a machine taken away would end it.
            ParentDeathSignal = Signal.Kill,
            OnOutput = line => start.Log.Write(line.StartsWith(ConsoleLogMark, StringComparison.Ordinal) ? line[ConsoleLogMark.Length..] : line),
            OnError = start.Log.Warn,
        }));

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

using System.Globalization;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Local.FunctionsHost;

/// <summary>Azure Functions Core Tools in place of our own host, for whoever wants the real one.</summary>
internal sealed class CoreTools : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly LogFile _log;

    private CoreTools(ChildProcess process, LogFile log)
    {
        _process = process;
        _log = log;
    }

    public Task Exited => _process.Exited;

    public static void RequireInstalled()
    {
        if (!LinuxLaunch.Works("func", "--version"))
        {
            throw new StackException(
                "Azure Functions Core Tools (`func`) were not found. Install them (https://aka.ms/func-install), or start without --func.");
        }
    }

    public static async Task<CoreTools> Start(
        FunctionApp app, int port, IReadOnlyList<string> cors, IReadOnlyDictionary<string, string> settings, string logFile, Action<string> warn)
    {
        var log = new LogFile(logFile);
        var process = await ChildProcess.Start(
            new ChildCommand("func", "start", "--port", port.ToString(CultureInfo.InvariantCulture), "--cors", string.Join(',', cors))
            {
                WorkingDirectory = app.Folder,
                Environment = settings,
                StopSignal = Signal.Interrupt,
                OnOutput = log.Write,
                OnError = line =>
                {
                    log.Write(line);
                    warn(line);
                },
            });
        return new(process, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _log.Dispose();
    }
}

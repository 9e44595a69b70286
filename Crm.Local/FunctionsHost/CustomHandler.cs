using System.Globalization;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Local.FunctionsHost;

/// <summary>The function app's process. It is started again whenever it dies; calls made meanwhile wait for it.</summary>
public sealed class CustomHandler : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(25);

    // A process that lived longer than this is restarted at once, one that keeps dying with growing pauses.
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly FunctionApp _app;
    private readonly LogFile _log;
    private readonly Action<string> _warn;
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpMessageInvoker _probe = new(new SocketsHttpHandler());
    private readonly int _port = Ports.Free();
    private IReadOnlyDictionary<string, string> _settings = new Dictionary<string, string>();
    private TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChildProcess? _process;
    private Task _supervision = Task.CompletedTask;

    public CustomHandler(FunctionApp app, LogFile log, Action<string> warn)
    {
        _app = app;
        _log = log;
        _warn = warn;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));
        Client = new HttpMessageInvoker(new WaitForHandler(this));
    }

    /// <summary>The same over restarts.</summary>
    public Uri Address { get; }

    /// <summary>Calls the handler; while it is down a call waits a few seconds for it, then fails with <see cref="HandlerDownException"/>.</summary>
    public HttpMessageInvoker Client { get; }

    /// <summary>Completes when the handler answers; a new task after each death.</summary>
    internal Task Up => Volatile.Read(ref _up).Task;

    /// <summary>Starts the process and returns when it answers.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var port = _port.ToString(CultureInfo.InvariantCulture);
        _settings = new Dictionary<string, string>(settings) { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port, ["FUNCTIONS_HTTPWORKER_PORT"] = port };
        var process = await StartProcessAsync();
        if (!await ProbeAsync(process, ct))
        {
            var what = process.Exited.IsCompleted ? $"ended with exit code {await process.Exited}" : $"did not answer within {StartLimit.TotalSeconds} s";
            throw new StackException($"The function app {what} ({_app.Executable}). Its last output:{Environment.NewLine}{_log.Tail}");
        }

        _up.TrySetResult();
        _supervision = SuperviseAsync(process);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _supervision;
        Client.Dispose();
        _probe.Dispose();
        _stopping.Dispose();
    }

    private async Task SuperviseAsync(ChildProcess process)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            var started = TimeProvider.System.GetTimestamp();
            var exitCode = await process.Exited;
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            Interlocked.Exchange(ref _up, new(TaskCreationOptions.RunContinuationsAsynchronously));
            _warn($"The function app ended with exit code {exitCode}; starting it again.");
            pause = TimeProvider.System.GetElapsedTime(started) > Healthy ? TimeSpan.Zero : Longer(pause);
            if (await RestartAsync(pause) is not { } next)
            {
                return;
            }

            process = next;
        }
    }

    /// <summary>Null when the stack is stopping. A process that does not come up counts as one that died.</summary>
    private async Task<ChildProcess?> RestartAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _stopping.Token);
            await _process!.DisposeAsync();
            var process = await StartProcessAsync();
            if (await ProbeAsync(process, _stopping.Token))
            {
                _up.TrySetResult();
            }
            else
            {
                await process.StopAsync();
            }

            return process;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static TimeSpan Longer(TimeSpan pause)
    {
        var doubled = pause == TimeSpan.Zero ? FirstPause : pause * 2;
        return doubled < LongestPause ? doubled : LongestPause;
    }

    private async Task<ChildProcess> StartProcessAsync()
    {
        var output = new HandlerOutput(_log, _warn);
        _process = await ChildProcess.StartAsync(new ChildCommand(_app.Executable, _app.Arguments)
        {
            WorkingDirectory = _app.Folder,
            Environment = _settings,
            // With the host gone nobody reads its answers: end at once, as a machine taken away would end it.
            ParentDeathSignal = Signal.Kill,
            OnOutput = output.OnOutput,
            OnError = output.OnError,
        });
        return _process;
    }

    /// <summary>Any HTTP answer means ready. False when the process ended or stayed silent.</summary>
    private async Task<bool> ProbeAsync(ChildProcess process, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        while (!process.Exited.IsCompleted)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, Address);
                using var response = await _probe.SendAsync(request, limit.Token);
                return true;
            }
            catch (HttpRequestException)
            {
                await Task.WhenAny(process.Exited, Task.Delay(ProbeInterval, ct));
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return false;
            }
        }

        return false;
    }
}

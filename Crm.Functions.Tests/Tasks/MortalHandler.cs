using System.Diagnostics;
using System.Globalization;
using Crm.Local.FunctionsHost;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Functions.Tests.Tasks;

/// <summary>The function app as a process that a test kills. Calls made while it is down wait for the next one.</summary>
internal sealed class MortalHandler : DelegatingHandler, IAsyncDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(20);
    private readonly FunctionApp app;
    private readonly Dictionary<string, string> settings;
    private TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChildProcess? process;

    public MortalHandler(FunctionApp app, Dictionary<string, string> settings)
        : base(new SocketsHttpHandler())
    {
        this.app = app;
        var port = Ports.Free();
        this.settings = new(settings, StringComparer.Ordinal) { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture) };
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public Uri Address { get; }

    /// <summary>Starts the process and returns when it answers.</summary>
    public async Task Start()
    {
        process = await ChildProcess.StartAsync(new ChildCommand(app.Executable) { WorkingDirectory = app.Folder, Environment = settings, ParentDeathSignal = Signal.Kill });
        using var probe = new HttpClient();
        while (true)
        {
            try
            {
                using var answer = await probe.GetAsync(Address);
                up.TrySetResult();
                return;
            }
            catch (HttpRequestException)
            {
                Assert.False(process.Exited.IsCompleted, "The function app did not start.");
                await Task.Delay(RetryInterval);
            }
        }
    }

    /// <summary>Kills the process as a machine taken away would: <c>kill -9</c>, in the midst of whatever it does.</summary>
    public async Task Kill()
    {
        Interlocked.Exchange(ref up, new(TaskCreationOptions.RunContinuationsAsynchronously));
        using var doomed = Process.GetProcessById(process!.Id);
        doomed.Kill();
        await process.Exited;
        await process.DisposeAsync();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Volatile.Read(ref up).Task.WaitAsync(cancellationToken);
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConnectionError)
            {
                await Task.Delay(RetryInterval, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Dispose();
    }
}

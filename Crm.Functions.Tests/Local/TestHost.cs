using System.Net;
using Azure.Storage.Queues;
using Crm.Local;
using Crm.Local.FunctionsHost;
using Crm.Local.FunctionsHost.Workers;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Local;

/// <summary>A local Functions host with test workers behind it, and a client before it.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly string _folder;

    private TestHost(LocalFunctionsHost host, string folder)
    {
        Host = host;
        _folder = folder;
        Client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };
    }

    public LocalFunctionsHost Host { get; }

    public HttpClient Client { get; }

    public string TimerFolder => Path.Combine(_folder, "timers");

    public string LogFile => Path.Combine(_folder, "functions.log");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="workers">Whose functions the host calls.</param>
    /// <param name="queues">None for a test without queues.</param>
    /// <param name="settings">The app's.</param>
    /// <param name="change">Other options.</param>
    public static async Task<TestHost> Start(
        TestWorkers workers, QueueServiceClient? queues = null, Dictionary<string, string>? settings = null,
        Func<FunctionsHostOptions, FunctionsHostOptions>? change = null)
    {
        var host = await Open(workers.Launcher, change);
        await host.Host.Start(settings ?? [], queues ?? StorageQueues.Connect("UseDevelopmentStorage=true", QueueMessageEncoding.None), Ct);
        return host;
    }

    /// <summary>The public port is open, but there is no worker yet.</summary>
    public static async Task<TestHost> Open(WorkerLauncher? launch, Func<FunctionsHostOptions, FunctionsHostOptions>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
        var options = new FunctionsHostOptions
        {
            App = new(folder) { Worker = "Tests.dll", RoutePrefix = "" },
            TimerFolder = Path.Combine(folder, "timers"),
            LogFile = Path.Combine(folder, "functions.log"),
            Clock = new StackClock(),
            TimersRun = false,
            Pauses = RestartPauses.None,
            Launch = launch,
        };
        return new(await LocalFunctionsHost.Open(change is null ? options : change(options), Ct), folder);
    }

    /// <summary>Sends a request whose path goes out exactly as it is written.</summary>
    public async Task<HttpResponseMessage> Send(string method, string path, HttpContent? content = null)
    {
        var uri = new Uri(
            Host.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri) { Content = content };
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    public async Task<HttpStatusCode> Status(string method, string path)
    {
        using var response = await Send(method, path);
        return response.StatusCode;
    }

    /// <summary>The log once it says this, or as it is after five seconds: it is written a moment after the answer.</summary>
    public async Task<string> LogWith(string text)
    {
        for (var tries = 0; ; tries++)
        {
            var log = await Log();
            if (log.Contains(text, StringComparison.Ordinal) || tries == 100)
                return log;
            await Task.Delay(50);
        }
    }

    /// <summary>What the log has so far.</summary>
    public async Task<string> Log()
    {
        await using var stream = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Local;
using Crm.Local.FunctionsHost;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The built app as a worker process of its own behind the local Functions host, to be killed at any moment.</summary>
public sealed class KillableHandler : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-killed-").FullName;
    private readonly SemaphoreSlim _life = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _settings;
    private readonly StackClock _clock;
    private readonly string _queues;
    private readonly ProviderSimulator _providers;
    private LocalFunctionsHost? _host;
    private HttpClient? _http;

    /// <param name="connection">The database.</param>
    /// <param name="queues">The storage account, of its own.</param>
    /// <param name="providers">Call the app from its first start on: it takes another app's place.</param>
    /// <param name="batches">Whether a campaign's mails go out many a call.</param>
    /// <param name="settings">Other settings of the app, as environment variables.</param>
    public KillableHandler(
        string connection, string queues, ProviderSimulator providers, bool batches = true, IReadOnlyDictionary<string, string>? settings = null)
    {
        _queues = queues;
        _providers = providers;
        _clock = new StackClock(Path.Combine(_folder, "clock"));
        _settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Clock__OffsetFile"] = Path.Combine(_folder, "clock"),
            ["Database__ConnectionString"] = connection,
            ["AzureWebJobsStorage"] = queues,
            ["Jwt__Key"] = "the-tests-own-signing-key-0123456789",
            ["DOTNET_TieredPGO"] = "0",
            ["PUBLIC_BASE_URL"] = "http://crm.test",
            ["SendGrid__Batches"] = batches ? "true" : "false",
        };
        foreach (var (name, value) in providers.App.Settings(providers.BaseUrl).Concat(settings ?? new Dictionary<string, string>(StringComparer.Ordinal)))
            _settings[name] = value;
    }

    /// <summary>What host and app have written so far.</summary>
    public string Log
    {
        get
        {
            using var file = new StreamReader(new FileStream(Path.Combine(_folder, "functions.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return file.ReadToEnd();
        }
    }

    /// <summary>The worker's process.</summary>
    public int ProcessId => _host!.WorkerProcessId!.Value;

    /// <summary>The worker's queues.</summary>
    public QueueServiceClient Queues => StorageQueues.Connect(_queues);

    /// <summary>Starts the app, or lets it start again after a kill; returns when it takes calls.</summary>
    public async Task Start()
    {
        if (_host is not null)
        {
            _life.Release();
            await _host.Ready(_stop.Token);
            return;
        }

        var app = FunctionApp.Read(SourceTree.FunctionApp);
        app = app with { QueueSettings = app.QueueSettings with { VisibilityTimeout = TimeSpan.FromSeconds(1) } };
        var log = Path.Combine(_folder, "functions.log");
        var host = await LocalFunctionsHost.Open(
            new()
            {
                App = app,
                Clock = _clock,
                TimerFolder = Path.Combine(_folder, "timers"),
                TimersRun = false,
                LogFile = log,
                Trace = static _ => { },
                Pauses = RestartPauses.None,
                Launch = Launch,
            },
            _stop.Token);
        (_providers.App.Address, _providers.App.PublicAddress, _providers.App.Time) = (host.Address, new("http://crm.test"), _clock);
        _life.Release();
        await host.Start(_settings, StorageQueues.Connect(_queues, QueueMessageEncoding.None), _stop.Token);
        _host = host;
        _http = new HttpClient { BaseAddress = host.Address };

        async Task<IWorker> Launch(WorkerStart start)
        {
            // A new life begins when the test says so.
            await _life.WaitAsync(_stop.Token);
            return await WorkerProcess.Start(app, start);
        }
    }

    /// <summary>Fires a timer.</summary>
    public Task<InvocationResult> Fire(string name) => _host!.Fire(name, _stop.Token);

    public async Task Kill()
    {
        using var process = Process.GetProcessById(ProcessId);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        while (_host!.WorkerProcessId == process.Id)
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a request as a signed-in user; fails unless it answers with this status.</summary>
    public async Task<JsonElement> Send(
        TestClient user, HttpMethod method, string path, HttpContent? content, int expected, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.AccessToken);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http!.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == expected, $"{method} {path}: expected {expected}, got {(int)answer.StatusCode} {body}");
        return expected < 400 ? JsonDocument.Parse(body).RootElement.GetProperty("data") : default;
    }

    /// <summary>Fires a timer, as often as it takes, until cancelled; a run that is cut fails, and the next one goes on.</summary>
    public async Task KeepFiring(string name, TimeSpan every, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (_host is not null)
                    await _host.Fire(name, ct);
                await Task.Delay(every, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // No more.
        }
    }

    /// <summary>Lets claims run out and fires the sweeps, until all is well.</summary>
    public async Task SweepUntil(Func<Task<bool>> isDone)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!await isDone())
        {
            Assert.False(patience.IsCancellationRequested, "It never came to its end.");
            _clock.Advance(60);
            var result = await _host!.Fire("RunTimers", _stop.Token);
            Assert.True(result.Succeeded, result.Error);

            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_host is not null)
            await _host.DisposeAsync();
        _http?.Dispose();
        _life.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

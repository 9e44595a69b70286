using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Crm.Local;
using Crm.Local.FunctionsHost;
using Crm.Local.Processes;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Tests.Fixture;

/// <summary>The built app as a process of its own, with the queue listener of the local stack before it.</summary>
public sealed class KillableHandler : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("crm-killed-").FullName;
    private readonly FunctionApp functions = FunctionApp.Read(SourceTree.FunctionApp);
    private readonly Uri address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
    private readonly HttpClient http;
    private readonly FunctionInvoker invoker;
    private readonly StackClock clock;
    private readonly Azurite azurite;
    private readonly Dictionary<string, string> settings;
    private readonly CancellationTokenSource stop = new();
    private readonly Task listening;
    private ChildProcess? process;

    private KillableHandler(string connection, Uri providers, Azurite azurite)
    {
        this.azurite = azurite;
        http = new HttpClient { BaseAddress = address };
        invoker = new FunctionInvoker(http, address, TimeSpan.FromMinutes(1));
        clock = new StackClock(Path.Combine(folder, "clock"));
        settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = address.Port.ToString(CultureInfo.InvariantCulture),
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Clock__OffsetFile"] = Path.Combine(folder, "clock"),
            ["Database__ConnectionString"] = connection,
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Jwt__Key"] = "the-tests-own-signing-key-0123456789",
            ["DOTNET_TieredPGO"] = "0",
            ["SendGrid__ApiKey"] = "SG.test",
            ["SendGrid__BaseUrl"] = providers.ToString().TrimEnd('/'),
            ["SendGrid__FromEmail"] = "no-reply@crm.test",
        };
        var queueSettings = functions.QueueSettings with { VisibilityTimeout = TimeSpan.FromSeconds(1) };
        var queues = StorageQueues.Connect(azurite.ConnectionString);
        listening = Task.WhenAll(functions.Queues.Select(queue => new QueueListener(queue, queueSettings, queues, invoker).RunAsync(stop.Token)));
    }

    public static async Task<KillableHandler> Create(string connection, Uri providers) =>
        new(connection, providers, await Azurite.StartAsync(null, Path.Combine(Path.GetTempPath(), $"crm-killed-{Guid.NewGuid():N}.log")));

    public async Task Start()
    {
        process = await ChildProcess.StartAsync(new ChildCommand(functions.Executable) { WorkingDirectory = functions.Folder, Environment = settings, StopSignal = Signal.Kill, ParentDeathSignal = Signal.Kill });
        while (true)
        {
            Assert.False(process.Exited.IsCompleted, "The process ended while it started.");
            try
            {
                using var answer = await http.GetAsync("/health", TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }
    }

    public async Task Kill()
    {
        await process!.DisposeAsync();
        process = null;
    }

    /// <summary>Sends a request as a signed-in user; fails unless it answers with this status.</summary>
    public async Task<JsonElement> Send(TestClient user, HttpMethod method, string path, HttpContent? content, int expected)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.AccessToken);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == expected, $"{method} {path}: expected {expected}, got {(int)answer.StatusCode} {body}");
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    /// <summary>Fires a timer, as often as it takes, until cancelled; a run that is cut fails, and the next one goes on.</summary>
    public async Task KeepFiring(string name, TimeSpan every, CancellationToken ct)
    {
        var timer = functions.Timers.Single(timer => timer.Name == name);
        try
        {
            while (true)
            {
                await invoker.InvokeAsync(name, InvocationPayload.ForTimer(timer, null, false, clock.GetUtcNow()), ct);
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
            clock.Advance(60);
            foreach (var timer in functions.Timers.Where(timer => timer.Name.StartsWith("Sweep", StringComparison.Ordinal)))
                Assert.True((await invoker.InvokeAsync(timer.Name, InvocationPayload.ForTimer(timer, null, false, clock.GetUtcNow()), stop.Token)).Succeeded);
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        await stop.CancelAsync();
        await listening;
        await azurite.DisposeAsync();
        http.Dispose();
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

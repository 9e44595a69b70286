using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>The published function app, started as the Functions host starts it, without a host in between.</summary>
public sealed class Api(string executable, BenchDatabase database, string queues, string logFile) : IAsyncDisposable
{
    private const string Key = "only for benches: 0123456789 abcdefghijklmnopqrstuvwxyz";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly LogFile log = new(logFile);
    private readonly Dictionary<Guid, string> tokens = [];
    private ChildProcess? process;

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public string Executable => executable;

    public string Token(Guid organization) => tokens[organization];

    /// <summary>A client that is signed in to an organisation.</summary>
    public HttpClient Client(Guid organization) =>
        new() { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token(organization)) } };

    public async Task Migrate(CancellationToken ct) => await Programs.Run(executable, ["migrate"], Environment(0), ct);

    public async Task Start(CancellationToken ct)
    {
        var port = Ports.Free();
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        process = await ChildProcess.StartAsync(Command(port));
        await Listening(port, process, ct);
        foreach (var (number, organization) in new[] { (1, BenchDatabase.Large), (2, BenchDatabase.Small), (11, BenchDatabase.Written) })
            tokens[organization] = await SignIn($"user1@bench-{number}.test", ct);
    }

    public ChildCommand Command(int port) => new(executable)
    {
        WorkingDirectory = Path.GetDirectoryName(executable),
        Environment = Environment(port),
        ParentDeathSignal = Signal.Kill,
        OnOutput = log.Write,
        OnError = log.Write,
    };

    /// <summary>Returns as soon as the process accepts connections.</summary>
    public static async Task Listening(int port, ChildProcess process, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            if (process.Exited.IsCompleted)
                throw new StackException("A process that was to be measured ended by itself: see bench/.data/logs/app.log.");
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(2, limit.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
        log.Dispose();
    }

    private async Task<string> SignIn(string email, CancellationToken ct)
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var response = await client.PostAsJsonAsync("/auth/login", new { email, password = BenchDatabase.Password }, ct);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("accessToken").GetString()!;
    }

    private Dictionary<string, string> Environment(int port) => new(StringComparer.Ordinal)
    {
        ["FUNCTIONS_CUSTOMHANDLER_PORT"] = port.ToString(CultureInfo.InvariantCulture),
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["RateLimit__PerMinute"] = "0",
        ["Jwt__Key"] = Key,
        ["AzureWebJobsStorage"] = queues,
        ["Database__ConnectionString"] = database.ConnectionString,
    };
}

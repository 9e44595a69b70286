using System.Net;
using Azure.Storage.Queues;
using Crm.Functions.Hosting;
using Crm.Functions.Tokens;
using Crm.Local.FunctionsHost;
using Crm.Local.FunctionsHost.Workers;
using Crm.Local.Providers;
using Crm.Shared.Integrations.AzureQueues;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Npgsql;

namespace Crm.Functions.Tests.Fixture;

/// <summary>
/// The real app in this process, with the real database and queues: requests go straight to its pipeline, on a port of its own, and the local Functions host
/// delivers its queue messages over gRPC as it does to a worker process. Timers fire when a test says so.
/// </summary>
public sealed class TestApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What the app calls itself; the vendors' side knows where that is.</summary>
    private static readonly Uri PublicAddress = new("http://crm.test");

    private readonly WebApplication _server;
    private readonly IHost _app;
    private readonly LocalFunctionsHost _host;
    private readonly ProviderSimulator _providers;
    private readonly NpgsqlDataSource _database;

    private TestApp(IHost app, WebApplication server, LocalFunctionsHost host, TestClock clock, string queues, ProviderSimulator providers, string connection)
    {
        _app = app;
        _server = server;
        _host = host;
        _providers = providers;
        Clock = clock;
        _database = NpgsqlDataSource.Create(connection);
        Address = new Uri(server.Urls.Single());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 200 }) { BaseAddress = Address };
        Queues = StorageQueues.Connect(queues);
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public TestClock Clock { get; }

    public QueueServiceClient Queues { get; }

    public NpgsqlDataSource Database => _database;

    public IServiceProvider Services => _app.Services;

    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<FunctionEndpoints>().Endpoints;

    /// <summary>The endpoints with all that the API's description is made from.</summary>
    public IReadOnlyList<Endpoint> Described
    {
        get
        {
            _ = _app.Services.GetRequiredService<IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups;
            return _app.Services.GetRequiredService<DescribedFunctions>().Endpoints;
        }
    }

    /// <summary>
    /// The vendors' side: what they accepted, and the faults they are told to have. They confirm nothing by themselves unless a test says so
    /// (<see cref="AppLink.ConfirmsDeliveries"/>), in an app of its own.
    /// </summary>
    public ProviderSimulator Providers => _providers;

    public static async Task<TestApp> Start(
        string connection, string queues, ProviderSimulator providers, string folder, Action<Dictionary<string, string>>? change)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Database:ConnectionString"] = connection,
            ["AzureWebJobsStorage"] = queues,
            ["Jwt:Key"] = "the-tests-own-signing-key-0123456789",
            ["PUBLIC_BASE_URL"] = PublicAddress.GetLeftPart(UriPartial.Authority),
            ["RateLimit:PerMinute"] = "0",
            ["Webhooks:AllowPrivateAddresses"] = "true",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        foreach (var (name, value) in providers.App.Settings(providers.BaseUrl))
            settings[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        change?.Invoke(settings);
        var clock = new TestClock();
        IHost? app = null;
        var host = await LocalFunctionsHost.Open(Options(folder) with
        {
            Launch = start =>
            {
                app = CrmApp.Build([.. settings.Select(setting => $"--{setting.Key}={setting.Value}"), .. start.Configuration], builder =>
                {
                    builder.Services.AddSingleton<TimeProvider>(clock);
                    InProcessWorker.WithoutWebServer(builder);
                });
                return InProcessWorker.Start(app);
            },
        }, CancellationToken.None);
        await host.Start(settings, StorageQueues.Connect(queues, QueueMessageEncoding.None), CancellationToken.None);
        var server = Server(app!);
        await server.StartAsync();
        providers.App.Address = new Uri(server.Urls.Single());
        providers.App.PublicAddress = PublicAddress;
        providers.App.Time = clock;
        return new(app!, server, host, clock, queues, providers, connection);
    }

    private static FunctionsHostOptions Options(string folder)
    {
        var functions = FunctionApp.Read(AppContext.BaseDirectory);
        return new()
        {
            App = functions with { QueueSettings = functions.QueueSettings with { VisibilityTimeout = TimeSpan.FromSeconds(1) } },
            TimerFolder = Path.Combine(folder, "timers"),
            TimersRun = false,
            LogFile = Path.Combine(folder, "functions.log"),
        };
    }

    // The app's pipeline behind a server of its own, which does what the worker does before it: it takes the client's address from the host.
    private static WebApplication Server(IHost app)
    {
        var pipeline = app.Services.GetRequiredService<WebPipeline>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 100 * 1024 * 1024;
        });
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All });
        server.Run(async context =>
        {
            await using var scope = app.Services.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            await pipeline.Run(context);
        });
        return server;
    }

    /// <summary>An organisation of its own for one test: an owner, a manager and two staff, all signed in.</summary>
    public Task<TestOrganization> NewOrganization(string timezone = "UTC") => TestOrganization.Create(this, timezone);

    /// <summary>A client that is not signed in.</summary>
    public TestClient Anonymous => new(this, null);

    /// <summary>A client for a user of the database, in a session of its own, without going through the login.</summary>
    public async Task<TestClient> SignInAs(Guid organizationId, Guid userId)
    {
        var session = Guid.CreateVersion7();
        await Sql(
            "insert into sessions (organization_id, id, user_id, created_at) values ($1, $2, $3, $4)", organizationId, session, userId, Clock.GetUtcNow());
        return new(this, Services.GetRequiredService<AccessTokens>().Issue(userId, organizationId, session, 1));
    }

    /// <summary>Fires a timer function now, as the host does, or one of the works that it does; fails when the invocation fails.</summary>
    public async Task RunTimer(string function)
    {
        var result = await Fire(function);
        Assert.True(result.Succeeded, $"{function} failed: {result.Error}");
    }

    public Task<InvocationResult> WarmUp() => _host.WarmUp(CancellationToken.None);

    /// <summary>Fires a timer function now, or one of the works that it does, and says how it went.</summary>
    public Task<InvocationResult> Fire(string function) => _host.Fire(function, CancellationToken.None);

    /// <summary>Waits for the mails to an address, and returns them newest first once there are as many.</summary>
    public async Task<IReadOnlyList<SentMessage>> Mails(string to, int count = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (_providers.Mailbox.Messages(to, "email").Count < count)
        {
            Assert.False(patience.IsCancellationRequested, $"{_providers.Mailbox.Messages(to, "email").Count} of {count} mail(s) came to {to}.");
            await Task.Delay(50);
        }

        return _providers.Mailbox.Messages(to, "email");
    }

    /// <summary>
    /// Waits until nothing is on its way, of one organisation or of all in an app of the test's own: no message in the outbox, no mail that is due.
    /// </summary>
    public async Task Settled(Guid? organizationId = null)
    {
        const string Left = """
            select (select count(*) from outbox where $1::uuid is null or organization_id = $1)
                 + (select count(*) from emails where ($1::uuid is null or organization_id = $1) and status in ('pending', 'sending') and due_at <= $2)
                 + (select count(*) from deliveries
                    where ($1::uuid is null or organization_id = $1) and campaign_id is null and state = 'pending' and coalesce(not_before, created_at) <= $2)
            """;
        using var patience = new CancellationTokenSource(Patience);
        while (await Scalar<long>(Left, organizationId ?? (object)DBNull.Value, Clock.GetUtcNow()) > 0)
        {
            Assert.False(patience.IsCancellationRequested, "The queues did not settle.");
            await Task.Delay(50);
        }
    }

    public async Task Sql(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Scalar<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A connection of one's own, for a test that holds a lock.</summary>
    public ValueTask<NpgsqlConnection> OpenConnection() => _database.OpenConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        _app.Dispose();
        await _providers.DisposeAsync();
        await _database.DisposeAsync();
        Http.Dispose();
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = _database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value is DateTimeOffset time ? time.UtcDateTime : value);
        return command;
    }
}

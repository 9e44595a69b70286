using Azure.Storage.Queues;
using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Local.FunctionsHost;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Integrations.AzureQueues;
using Npgsql;

namespace Crm.Functions.Tests.Fixture;

/// <summary>
/// The real app in this process, on a port of its own, with the real database and queues; the local stack's listeners deliver its
/// queue messages, and a test fires its timers.
/// </summary>
public sealed class TestApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication front;
    private readonly IHost app;
    private readonly Azurite azurite;
    private readonly ProviderSimulator providers;
    private readonly NpgsqlDataSource database;
    private readonly CancellationTokenSource stop = new();
    private readonly FunctionInvoker invoker;
    private readonly TimerFunction[] timers;
    private readonly Task listening;

    private TestApp(IHost app, WebApplication server, TestClock clock, Azurite azurite, ProviderSimulator providers, string connection)
    {
        this.app = app;
        front = server;
        this.azurite = azurite;
        this.providers = providers;
        Clock = clock;
        database = NpgsqlDataSource.Create(connection);
        Address = new Uri(server.Urls.Single());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 200 }) { BaseAddress = Address };
        invoker = new FunctionInvoker(Http, new Uri(Address, "__invoke/"), TimeSpan.FromMinutes(1));
        timers = [.. Interim.Timers()];
        Queues = StorageQueues.Connect(azurite.ConnectionString);
        var settings = new QueueSettings { MaxPollingInterval = TimeSpan.FromSeconds(2), NewBatchThreshold = 8, VisibilityTimeout = TimeSpan.FromSeconds(1) };
        listening = Task.WhenAll(Interim.Queues().Select(function => new QueueListener(function, settings, Queues, invoker).RunAsync(stop.Token)));
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public TestClock Clock { get; }

    public QueueServiceClient Queues { get; }

    public IServiceProvider Services => app.Services;

    public IReadOnlyList<Endpoint> Endpoints => app.Services.GetRequiredService<FunctionEndpoints>().Endpoints;

    /// <summary>The endpoints with all that the API's description is made from.</summary>
    public IReadOnlyList<Endpoint> Described
    {
        get
        {
            _ = app.Services.GetRequiredService<Microsoft.AspNetCore.Mvc.ApiExplorer.IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups;
            return app.Services.GetRequiredService<DescribedFunctions>().Endpoints;
        }
    }

    /// <summary>The vendors' side: what they accepted, and the faults they are told to have.</summary>
    public ProviderSimulator Providers => providers;

    public static async Task<TestApp> Start(string connection, Azurite azurite, ProviderSimulator providers, Action<Dictionary<string, string>>? change)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Database:ConnectionString"] = connection,
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Jwt:Key"] = "the-tests-own-signing-key-0123456789",
            ["SendGrid:ApiKey"] = "SG.test",
            ["SendGrid:BaseUrl"] = providers.BaseUrl.ToString().TrimEnd('/'),
            ["SendGrid:FromEmail"] = "no-reply@crm.test",
            ["PUBLIC_BASE_URL"] = "http://crm.test",
            ["RateLimit:PerMinute"] = "0",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        change?.Invoke(settings);
        var clock = new TestClock();
        var built = CrmApp.Build([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")], builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var server = Server(built);
        await server.StartAsync();
        return new(built, server, clock, azurite, providers, connection);
    }

    // The app's pipeline behind a server of its own, which does what the worker does before it: it takes the client's address from the host.
    private static WebApplication Server(IHost app)
    {
        var pipeline = app.Services.GetRequiredService<WebPipeline>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 100 * 1024 * 1024;
        });
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.All });
        server.Run(async context =>
        {
            await using var scope = app.Services.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            if (context.Request.Path.StartsWithSegments("/__invoke", StringComparison.Ordinal, out var name))
                await Interim.Invoke(name.Value!.Trim('/'), context);
            else
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
        await Sql("insert into sessions (organization_id, id, user_id, created_at) values ($1, $2, $3, $4)", organizationId, session, userId, Clock.GetUtcNow());
        return new(this, Services.GetRequiredService<AccessTokens>().Issue(userId, organizationId, session, 1));
    }

    /// <summary>Fires a timer function now, as the host does; fails when the invocation fails.</summary>
    public async Task RunTimer(string function)
    {
        var timer = timers.Single(timer => timer.Name == function);
        var result = await invoker.InvokeAsync(function, InvocationPayload.ForTimer(timer, null, false, Clock.GetUtcNow()), stop.Token);
        Assert.True(result.Succeeded, $"{function} failed: {result.Answer}");
    }

    /// <summary>Waits for the mails to an address, and returns them newest first once there are as many.</summary>
    public async Task<IReadOnlyList<SentMessage>> Mails(string to, int count = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (providers.Mailbox.Messages(to, "email").Count < count)
        {
            Assert.False(patience.IsCancellationRequested, $"{providers.Mailbox.Messages(to, "email").Count} of {count} mail(s) came to {to}.");
            await Task.Delay(50);
        }

        return providers.Mailbox.Messages(to, "email");
    }

    /// <summary>Waits until nothing is on its way, of one organisation or of all in an app of the test's own: no message in the outbox, no mail that is due.</summary>
    public async Task Settled(Guid? organizationId = null)
    {
        const string Left = """
            select (select count(*) from outbox where $1::uuid is null or organization_id = $1)
                 + (select count(*) from emails where ($1::uuid is null or organization_id = $1) and status in ('pending', 'sending') and due_at <= $2)
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
    public ValueTask<NpgsqlConnection> OpenConnection() => database.OpenConnectionAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await listening;
        await front.DisposeAsync();
        if (app is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        await providers.DisposeAsync();
        await azurite.DisposeAsync();
        await database.DisposeAsync();
        Http.Dispose();
        stop.Dispose();
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value is DateTimeOffset time ? time.UtcDateTime : value);
        return command;
    }
}

using System.Reflection;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Database;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestServices))]

namespace Crm.Functions.Tests.Fixture;

/// <summary>What all tests of a run share: one PostgreSQL with a migrated template database, one Azurite, and the app that most tests talk to.</summary>
public sealed class TestServices : IAsyncLifetime
{
    private const string Template = "crm_template";

    // More than all tests together ask for.
    private static readonly string[] Accounts = [.. Enumerable.Range(0, 600).Select(number => $"tests{number}")];

    private readonly int _filesPort = Ports.Free();
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private PostgresServer? _postgres;
    private Azurite? _azurite;
    private int _accounts = -1;
    private S3Server? _files;
    private TestApp? _app;

    /// <summary>The shared app. Each test makes its own organisation in it; none moves its clock.</summary>
    public TestApp App => _app!;

    static TestServices()
    {
        // What a worker process gets from its host; here the app, its host.json and its functions lie beside the tests.
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_DIRECTORY", AppContext.BaseDirectory);
        // The worker looks there for what its generators wrote.
        Assembly.SetEntryAssembly(typeof(CrmApp).Assembly);
    }

    public async ValueTask InitializeAsync()
    {
        var files = S3Server.Start(_filesPort, Path.Combine(_folder, "files"), Path.Combine(_folder, "files.log"));
        var azurite = Azurite.Start(null, Path.Combine(_folder, "azurite.log"), accounts: Accounts);
        _postgres = await PostgresServer.Start(Path.Combine(_folder, "postgres"), Path.Combine(_folder, "postgres.log"), throwAway: true);
        await Execute($"create database {Template}");
        await Migrator.Migrate(ConnectionTo(Template), CancellationToken.None);
        _files = await files;
        _azurite = await azurite;
        _app = await StartApp();
    }

    /// <summary>An app with a database, queues, mailbox and clock of its own.</summary>
    public async Task<TestApp> StartApp(Action<Dictionary<string, string>>? settings = null)
    {
        var connection = await CreateDatabase();
        var providers = await ProviderSimulator.Start(s3: S3Server.On(_filesPort));
        return await TestApp.Start(connection, NewQueues(), providers, Path.Combine(_folder, Guid.NewGuid().ToString("N")), settings);
    }

    /// <summary>The connection string of a storage account in which there are no queues yet.</summary>
    public string NewQueues() => _azurite!.ConnectionTo(Accounts[Interlocked.Increment(ref _accounts)]);

    /// <summary>A fresh database, migrated or empty; returns its connection string.</summary>
    public async Task<string> CreateDatabase(bool isMigrated = true)
    {
        var name = $"crm_{Guid.NewGuid():N}";
        await Execute($"create database {name} template {(isMigrated ? Template : "template0")}");
        return ConnectionTo(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (_azurite is not null)
            await _azurite.DisposeAsync();
        if (_files is not null)
            await _files.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder(_postgres!.ConnectionString) { Database = database }.ConnectionString;

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_postgres!.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

using System.Reflection;
using Crm.Functions.Tests.Fixture;
using Crm.Local.Providers;
using Crm.Local.Services;
using Crm.Shared.Database;
using Npgsql;

[assembly: AssemblyFixture(typeof(TestServices))]

namespace Crm.Functions.Tests.Fixture;

/// <summary>What all tests of a run share: one PostgreSQL with a migrated template database, and the app that most tests talk to.</summary>
public sealed class TestServices : IAsyncLifetime
{
    private const string Template = "crm_template";

    private readonly string folder = Directory.CreateTempSubdirectory("crm-tests-").FullName;
    private PostgresServer? postgres;
    private TestApp? app;

    /// <summary>The shared app. Each test makes its own organisation in it; none moves its clock.</summary>
    public TestApp App => app!;

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
        postgres = await PostgresServer.StartAsync(Path.Combine(folder, "postgres"), Path.Combine(folder, "postgres.log"), throwAway: true);
        await Execute($"create database {Template}");
        await Migrator.Migrate(ConnectionTo(Template), CancellationToken.None);
        app = await StartApp();
    }

    /// <summary>An app with a database, queues, mailbox and clock of its own.</summary>
    public async Task<TestApp> StartApp(Action<Dictionary<string, string>>? settings = null)
    {
        var connection = await CreateDatabase();
        var azurite = await Azurite.StartAsync(null, Path.Combine(folder, $"azurite-{Guid.NewGuid():N}.log"));
        return await TestApp.Start(connection, azurite, await ProviderSimulator.StartAsync(), Path.Combine(folder, Guid.NewGuid().ToString("N")), settings);
    }

    /// <summary>A fresh, migrated database; returns its connection string.</summary>
    public async Task<string> CreateDatabase()
    {
        var name = $"crm_{Guid.NewGuid():N}";
        await Execute($"create database {name} template {Template}");
        return ConnectionTo(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (postgres is not null)
            await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder(postgres!.ConnectionString) { Database = database }.ConnectionString;

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres!.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

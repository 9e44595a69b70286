using System.Diagnostics;
using System.Globalization;
using Crm.Local.Services;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Crm.Bench;

/// <summary>The server and its million contacts, kept between runs.</summary>
public sealed class BenchDatabase : IAsyncDisposable
{
    public const string Password = "a password for benches";
    public static readonly Guid Large = Organization(1);
    public static readonly Guid Small = Organization(2);

    /// <summary>The organisation that inserts go to; emptied at each start.</summary>
    public static readonly Guid Written = Organization(11);

    private static readonly string[] WrittenTables = ["timeline_entries", "audit_events", "contacts"];

    // Those of the measurements this project's ceilings come from.
    private static readonly (string Name, string Value)[] Settings =
    [
        ("shared_buffers", "4GB"), ("work_mem", "32MB"), ("jit", "off"), ("random_page_cost", "1.1"), ("max_parallel_workers_per_gather", "0"), ("autovacuum", "off"), ("max_wal_size", "8GB"),
    ];

    private readonly PostgresServer server;
    private readonly NpgsqlDataSource source;

    private BenchDatabase(PostgresServer server)
    {
        this.server = server;
        source = NpgsqlDataSource.Create(server.ConnectionString + ";Command Timeout=0");
    }

    public string ConnectionString => server.ConnectionString;

    public static async Task<BenchDatabase> Start(string folder, CancellationToken ct)
    {
        var database = await StartServer(folder, ct);
        if (await database.Set(ct))
            return database;
        await database.DisposeAsync();
        return await StartServer(folder, ct);
    }

    /// <summary>Makes the data unless it is there, which takes two to three minutes.</summary>
    public async Task Fill(CancellationToken ct)
    {
        if (await Scalar<bool>("select to_regclass('bench_filled') is not null", ct))
        {
            // Without the foreign keys' checks, which look through all of an organisation's timeline for each contact.
            await Execute($"set session_replication_role = replica; {string.Concat(WrittenTables.Select(table => $"delete from {table} where organization_id = '{Written}'; "))}reset session_replication_role", ct);
            Report.Progress("Vacuuming");
            await Execute("vacuum (analyze)", ct);
            return;
        }

        if (await Scalar<bool>("select exists (select from organizations)", ct))
            throw new StackException("An earlier run was interrupted while it made the data: delete bench/.data and start again.");
        foreach (var step in Text.Sql("fill").Split("-- step: ").Skip(1))
        {
            var watch = Stopwatch.StartNew();
            await RunStep(step[step.IndexOf('\n', StringComparison.Ordinal)..], ct);
            Report.Progress(string.Create(CultureInfo.InvariantCulture, $"{step[..step.IndexOf('\n', StringComparison.Ordinal)]} ({watch.Elapsed.TotalSeconds:0} s)"));
        }

        await Execute("create table bench_filled ()", ct);
        await Execute("checkpoint", ct);
    }

    public async Task<T> Scalar<T>(string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    public Task<string[]> Texts(string sql, CancellationToken ct) => Scalar<string[]>($"select array({sql})::text[]", ct);

    public async Task Execute(string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await server.DisposeAsync();
    }

    private static async Task<BenchDatabase> StartServer(string folder, CancellationToken ct) =>
        new(await PostgresServer.StartAsync(Path.Combine(folder, "postgres"), Path.Combine(folder, "logs", "postgres.log"), throwAway: false, ct));

    /// <summary>False when the server must start again to take its settings.</summary>
    private async Task<bool> Set(CancellationToken ct)
    {
        if (await Scalar<string>("show shared_buffers", ct) == Settings[0].Value)
            return true;
        foreach (var (name, value) in Settings)
            await Execute($"alter system set {name} = '{value}'", ct);
        return false;
    }

    // One session for all steps: they leave settings to one another. Vacuum must stand alone.
    private NpgsqlConnection? filling;

    private async Task RunStep(string step, CancellationToken ct)
    {
        filling ??= await source.OpenConnectionAsync(ct);
        var hash = new PasswordHasher<object>().HashPassword(new(), Password);
        foreach (var statement in step.Replace("$1", $"'{hash}'", StringComparison.Ordinal).Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, filling);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private static Guid Organization(int number) => Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-7000-8000-{number:D12}"));
}

/// <summary>The texts that are part of this program.</summary>
internal static class Text
{
    public static string Sql(string name) => Read($"Sql.{name}.sql");

    public static string Lua(string name) => Read($"Lua.{name}.lua");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Text).Assembly.GetManifestResourceStream($"Crm.Bench.{name}")!);
        return reader.ReadToEnd();
    }
}

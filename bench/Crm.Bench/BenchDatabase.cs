using System.Globalization;
using Crm.Local.Services;
using Npgsql;

namespace Crm.Bench;

/// <summary>The server and its contacts, kept between runs: a data folder for each size.</summary>
public sealed class BenchDatabase : IAsyncDisposable
{
    public const string Password = "a password for benches";
    public static readonly Guid Large = Organization(1);
    public static readonly Guid Small = Organization(2);

    /// <summary>The organisation that inserts go to; emptied at each start.</summary>
    public static readonly Guid Written = Organization(11);

    /// <summary>Its only user.</summary>
    public const string Writer = "00000000-0000-7000-9000-000000001101";

    // Those of the measurements this project's ceilings come from.
    private static readonly (string Name, string Value)[] Settings =
    [
        ("shared_buffers", "4GB"), ("work_mem", "32MB"), ("jit", "off"), ("random_page_cost", "1.1"),
        ("max_parallel_workers_per_gather", "0"), ("autovacuum", "off"), ("max_wal_size", "8GB"),
    ];

    private readonly PostgresServer _server;
    private readonly NpgsqlDataSource _source;
    private readonly int _process;
    private readonly int _contacts;

    private BenchDatabase(PostgresServer server, int process, int contacts)
    {
        _server = server;
        _process = process;
        _contacts = contacts;
        _source = NpgsqlDataSource.Create(server.ConnectionString + ";Command Timeout=0");
    }

    public int Contacts => _contacts;

    public string ConnectionString => _server.ConnectionString;

    /// <summary>How figures name the organisation that has 80 of 100 contacts: 800k.</summary>
    public string LargeName => Name(_contacts / 100 * 80);

    /// <summary>And the one that has 1 of 100: 10k.</summary>
    public string SmallName => Name(_contacts / 100);

    public static async Task<BenchDatabase> Start(int contacts, CancellationToken ct)
    {
        var database = await StartServer(contacts, ct);
        if (await database.Set(ct))
            return database;
        await database.DisposeAsync();
        return await StartServer(contacts, ct);
    }

    /// <summary>The processor time of all its processes so far.</summary>
    public TimeSpan ProcessorTime() => Cpu.OfTree(_process);

    public async Task<T> Scalar<T>(string sql, CancellationToken ct)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    public Task<string[]> Texts(string sql, CancellationToken ct) => Scalar<string[]>($"select array({sql})::text[]", ct);

    /// <summary>A session of one's own.</summary>
    public ValueTask<NpgsqlConnection> Open(CancellationToken ct) => _source.OpenConnectionAsync(ct);

    public async Task Execute(string sql, CancellationToken ct)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static async Task<BenchDatabase> StartServer(int contacts, CancellationToken ct)
    {
        var folder = Path.Combine(Stage.Folder, string.Create(CultureInfo.InvariantCulture, $"postgres-{contacts}"));
        var server = await PostgresServer.Start(folder, Stage.Log("postgres"), throwAway: false, ct: ct);
        // The server's first process writes its id there, before anything else.
        var process = (await File.ReadAllLinesAsync(Path.Combine(folder, "postmaster.pid"), ct))[0];
        return new(server, int.Parse(process, CultureInfo.InvariantCulture), contacts);
    }

    private static string Name(int contacts) => contacts < 1000 ? $"{contacts}" : $"{contacts / 1000}k";

    /// <summary>False when the server must start again to take its settings.</summary>
    private async Task<bool> Set(CancellationToken ct)
    {
        if (await Scalar<string>("show shared_buffers", ct) == Settings[0].Value)
            return true;
        foreach (var (name, value) in Settings)
            await Execute($"alter system set {name} = '{value}'", ct);
        return false;
    }

    private static Guid Organization(int number) => Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-7000-8000-{number:D12}"));
}

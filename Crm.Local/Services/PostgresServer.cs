using System.Globalization;
using Crm.Local.Processes;
using Npgsql;

namespace Crm.Local.Services;

/// <summary>An embedded PostgreSQL server of our own with the database <c>crm</c>, its data in a folder.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "crm";
    private const string Database = "crm";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _process;
    private readonly LogFile _log;

    private PostgresServer(ChildProcess process, LogFile log, string connectionString, bool isNew)
    {
        _process = process;
        _log = log;
        ConnectionString = connectionString;
        IsNew = isNew;
    }

    public string ConnectionString { get; }

    /// <summary>The data folder was made by this start.</summary>
    public bool IsNew { get; }

    public Task Exited => _process.Exited;

    /// <param name="dataDirectory">Created when missing; its parent gets the password's file.</param>
    /// <param name="logFile">The server's log.</param>
    /// <param name="throwAway">The data need not survive a crash of the machine: nothing waits for the disk.</param>
    /// <param name="say">Hears what the start is at.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<PostgresServer> Start(
        string dataDirectory, string logFile, bool throwAway, Action<string>? say = null, CancellationToken ct = default)
    {
        await NodePackages.Ensure().WaitAsync(ct);
        dataDirectory = Path.GetFullPath(dataDirectory);
        var binaries = PostgresBinaries.Find();
        var log = new LogFile(logFile);
        try
        {
            var isNew = !Directory.Exists(dataDirectory);
            if (isNew)
            {
                say?.Invoke("creating its data folder");
                await PostgresCluster.Create(binaries, User, dataDirectory, log, ct);
            }
            else
            {
                say?.Invoke("stopping what an earlier run left");
                await LeftoverServer.Stop(dataDirectory, ct);
            }

            say?.Invoke("starting");
            var port = Ports.Free();
            var process = await StartServer(binaries, dataDirectory, port, throwAway, log, ct);
            var connection = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = User,
                Password = await File.ReadAllTextAsync(PostgresCluster.PasswordFile(dataDirectory), ct),
                Database = Database,
                SslMode = SslMode.Disable,
                GssEncryptionMode = GssEncryptionMode.Disable,
            };
            var server = new PostgresServer(process, log, connection.ConnectionString, isNew);
            try
            {
                await EnsureDatabase(connection, ct);
                return server;
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _log.Dispose();
    }

    private static async Task<ChildProcess> StartServer(
        PostgresBinaries binaries, string dataDirectory, int port, bool throwAway, LogFile log, CancellationToken ct)
    {
        // A lost machine may lose the last half second of a developer's data, never its consistency; throw-away data needs not even that.
        string[] durability = throwAway ? ["-c", "fsync=off", "-c", "full_page_writes=off"] : [];
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = await ChildProcess.Start(new ChildCommand(binaries.Program("postgres"), [
            "-D", dataDirectory, "-p", port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
            "-c", "shared_preload_libraries=pg_stat_statements", "-c", "synchronous_commit=off", .. durability])
        {
            Prefix = binaries.Prefix,
            StopSignal = Signal.Interrupt,
            ParentDeathSignal = Signal.Interrupt,
            OnOutput = log.Write,
            OnError = OnLine,
        });

        try
        {
            if (await Task.WhenAny(ready.Task, process.Exited).WaitAsync(StartLimit, ct) != ready.Task)
            {
                throw new StackException($"PostgreSQL did not start:{Environment.NewLine}{log.Tail}");
            }

            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        void OnLine(string line)
        {
            log.Write(line);
            if (line.Contains("database system is ready to accept connections", StringComparison.Ordinal))
                ready.TrySetResult();
        }
    }

    private static async Task EnsureDatabase(NpgsqlConnectionStringBuilder connection, CancellationToken ct)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = "postgres", Pooling = false };
        await using var source = NpgsqlDataSource.Create(maintenance);
        await using var exists = source.CreateCommand($"select 1 from pg_database where datname = '{Database}'");
        if (await exists.ExecuteScalarAsync(ct) is null)
        {
            await using var create = source.CreateCommand($"create database {Database}");
            await create.ExecuteNonQueryAsync(ct);
        }
    }
}

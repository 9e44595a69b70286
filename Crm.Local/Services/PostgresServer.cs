using System.Globalization;
using System.Security.Cryptography;
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
    /// <param name="ct">Gives up starting.</param>
    public static async Task<PostgresServer> StartAsync(string dataDirectory, string logFile, bool throwAway, CancellationToken ct = default)
    {
        await NodePackages.EnsureAsync();
        dataDirectory = Path.GetFullPath(dataDirectory);
        var binaries = PostgresBinaries.Find();
        var log = new LogFile(logFile);
        try
        {
            var isNew = !Directory.Exists(dataDirectory);
            if (isNew)
            {
                await CreateClusterAsync(binaries, dataDirectory, log, ct);
            }
            else
            {
                await LeftoverServer.StopAsync(dataDirectory, ct);
            }

            var port = Ports.Free();
            var process = await StartServerAsync(binaries, dataDirectory, port, throwAway, log, ct);
            var connection = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = User,
                Password = await File.ReadAllTextAsync(PasswordFile(dataDirectory), ct),
                Database = Database,
                SslMode = SslMode.Disable,
                GssEncryptionMode = GssEncryptionMode.Disable,
            };
            var server = new PostgresServer(process, log, connection.ConnectionString, isNew);
            try
            {
                await EnsureDatabaseAsync(connection, ct);
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

    private static string PasswordFile(string dataDirectory) => dataDirectory + ".password";

    /// <summary>Made beside its place and moved there: a start that was interrupted leaves nothing that looks like data.</summary>
    private static async Task CreateClusterAsync(PostgresBinaries binaries, string dataDirectory, LogFile log, CancellationToken ct)
    {
        var unfinished = dataDirectory + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished);
        var passwordFile = PasswordFile(dataDirectory);
        File.Delete(passwordFile);
        await using (var file = new FileStream(passwordFile, OwnerOnly()))
        {
            await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32)), ct);
        }

        if (binaries.ChangesOwner && !LinuxLaunch.Works("chown", "65534:65534", unfinished, passwordFile))
        {
            throw new StackException($"Could not hand {unfinished} to the user that PostgreSQL runs as.");
        }

        var initdb = new ChildCommand(
            binaries.Program("initdb"), "-D", unfinished, "-U", User, "--auth=scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions")
        {
            Prefix = binaries.Prefix,
            OnOutput = log.Write,
            OnError = log.Write,
        };
        if (await ChildProcess.RunAsync(initdb, ct) != 0)
        {
            throw new StackException($"PostgreSQL could not create {dataDirectory}:{Environment.NewLine}{log.Tail}");
        }

        Directory.Move(unfinished, dataDirectory);
    }

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static async Task<ChildProcess> StartServerAsync(
        PostgresBinaries binaries, string dataDirectory, int port, bool throwAway, LogFile log, CancellationToken ct)
    {
        // A lost machine may lose the last half second of a developer's data, never its consistency; throw-away data needs not even that.
        string[] durability = throwAway ? ["-c", "fsync=off", "-c", "full_page_writes=off"] : [];
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = await ChildProcess.StartAsync(new ChildCommand(binaries.Program("postgres"), [
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
            {
                ready.TrySetResult();
            }
        }
    }

    private static async Task EnsureDatabaseAsync(NpgsqlConnectionStringBuilder connection, CancellationToken ct)
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

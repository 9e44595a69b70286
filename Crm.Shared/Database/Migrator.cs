using System.Globalization;
using DbUp;
using DbUp.Engine;
using DbUp.Postgresql;
using Npgsql;

namespace Crm.Shared.Database;

/// <summary>A numbered .sql file. Its name begins with the number, four digits.</summary>
public sealed record Migration(string Name, string Sql)
{
    /// <summary>The first line of a file that cannot run in a transaction.</summary>
    public const string Mark = "-- no transaction";

    public int Number => int.Parse(Name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether it happens as a whole or not at all. A marked file does not, and must bear being run again after it stopped half-way:
    /// <c>drop index concurrently if exists</c> before <c>create index concurrently</c>.
    /// </summary>
    public bool IsWhole => !Sql.StartsWith(Mark, StringComparison.Ordinal);
}

/// <summary>
/// Brings a database to the current schema: the .sql files of this assembly, each once and each in its own transaction, under a lock so that
/// several instances may try at the same time. There is no way back: a mistake is mended by the next file.
/// </summary>
public static class Migrator
{
    private const string Prefix = "Crm.Shared.Database.Migrations.";

    /// <summary>The oldest server that has all that our statements use (<c>uuidv7()</c>).</summary>
    private const int OldestServer = 18;

    // Any number that no other program on the server locks. Asked for again and again instead of waited for: `create index concurrently` waits for every
    // statement that began before it, also for one that waits for this lock.
    private const string LockSql = "select pg_try_advisory_lock(7201984311)";
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(250);

    // A file that waits for a busy table holds up everybody who comes after it: it rather fails, and is run again.
    private const string LockTimeoutSql = "set local lock_timeout = '5s';";

    /// <summary>Applies what is missing; returns the names of the files applied.</summary>
    public static Task<IReadOnlyList<string>> Migrate(string connectionString, CancellationToken ct) => Migrate(connectionString, Files(), ct);

    /// <summary>As <see cref="Migrate(string, CancellationToken)"/>, with files of the caller's.</summary>
    public static async Task<IReadOnlyList<string>> Migrate(string connectionString, IEnumerable<Migration> files, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(OneConnection(connectionString));
        await using (var connection = await source.OpenConnectionAsync(ct))
        {
            if (Refusal(connection.PostgreSqlVersion) is { } refusal)
                throw new InvalidOperationException(refusal);
        }

        var applied = new List<string>();
        foreach (var file in files)
        {
            await Lock(source, ct);
            var result = Engine(source, file).PerformUpgrade();
            if (!result.Successful)
            {
                var state = file.IsWhole ? "and left nothing behind" : "half-way, and will run again from its beginning";
                throw new InvalidOperationException($"{file.Name} failed {state}: {result.Error.Message}", result.Error);
            }

            applied.AddRange(result.Scripts.Select(script => script.Name));
        }

        return applied;
    }

    /// <summary>Why a server of this version will not do, or null.</summary>
    public static string? Refusal(Version server) =>
        server.Major >= OldestServer
            ? null
            : $"The database is PostgreSQL {server}, and this app needs {OldestServer} or newer: its statements use uuidv7(), which older ones do not have.";

    /// <summary>The migrations in order.</summary>
    public static IEnumerable<Migration> Files()
    {
        var assembly = typeof(Migrator).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new(name[Prefix.Length..], reader.ReadToEnd());
        }
    }

    // One connection for everything, handed on as it is: the lock lives and dies with the connection that does the work. A file may take hours.
    private static string OneConnection(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = 1,
            NoResetOnClose = true,
            CommandTimeout = 0,
            TcpKeepAlive = true,
            ApplicationName = "crm migrate",
        };
        settings.Options += " -c statement_timeout=0 -c lock_timeout=0";
        return settings.ConnectionString;
    }

    // Before each file, although one is enough: a connection that was lost in between has lost the lock.
    private static async Task Lock(NpgsqlDataSource source, CancellationToken ct)
    {
        while (true)
        {
            await using (var command = source.CreateCommand(LockSql))
            {
                if (await command.ExecuteScalarAsync(ct) is true)
                    return;
            }

            await Task.Delay(LockPoll, ct);
        }
    }

    private static UpgradeEngine Engine(NpgsqlDataSource source, Migration file)
    {
        var builder = DeployChanges.To.PostgresqlDatabase(new PostgresqlConnectionManager(source)).WithVariablesDisabled().LogToNowhere();
        builder.Configure(configuration => configuration.Journal = new MigrationJournal(() => configuration.ConnectionManager, () => configuration.Log));
        return file.IsWhole
            ? builder.WithTransactionPerScript().WithScript(file.Name, LockTimeoutSql + file.Sql).Build()
            : builder.WithoutTransaction().WithScript(file.Name, file.Sql).Build();
    }
}

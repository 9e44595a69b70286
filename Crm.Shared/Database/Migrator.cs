using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Crm.Shared.Database;

/// <summary>
/// Brings a database to the current schema: the numbered .sql files of this assembly, each once, each in its own transaction,
/// under a lock so that several instances may try at the same time. There is no way back: a mistake is mended by the next file.
/// </summary>
public static class Migrator
{
    private const string Prefix = "Crm.Shared.Database.Migrations.";

    /// <summary>Any number that no other program on the server locks.</summary>
    private const long LockKey = 7_201_984_311;

    /// <summary>Applies what is missing; returns the names of the files applied.</summary>
    public static async Task<IReadOnlyList<string>> Migrate(string connectionString, CancellationToken ct)
    {
        await using var source = new NpgsqlDataSourceBuilder(connectionString).Build();
        await using var connection = await source.OpenConnectionAsync(ct);
        await Execute(connection, $"select pg_advisory_lock({LockKey})", ct);
        await Execute(connection, "create table if not exists schema_migrations (number integer primary key, name text not null, applied_at timestamptz not null default now())", ct);

        var applied = await AppliedNumbers(connection, ct);
        var names = new List<string>();
        foreach (var (number, name, sql) in Files().Where(file => !applied.Contains(file.Number)))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await Execute(connection, sql, ct);
            await using var record = new NpgsqlCommand("insert into schema_migrations (number, name) values ($1, $2)", connection, transaction);
            record.Parameters.AddWithValue(number);
            record.Parameters.AddWithValue(name);
            await record.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
            names.Add(name);
        }

        await Execute(connection, $"select pg_advisory_unlock({LockKey})", ct);
        return names;
    }

    /// <summary>The migrations in order: number, file name, text.</summary>
    public static IEnumerable<(int Number, string Name, string Sql)> Files()
    {
        var assembly = typeof(Migrator).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (Number(name), name[Prefix.Length..], Text(assembly, name)));
    }

    private static int Number(string resource) => int.Parse(resource.AsSpan(Prefix.Length, 4), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    private static async Task<HashSet<int>> AppliedNumbers(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select number from schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var numbers = new HashSet<int>();
        while (await reader.ReadAsync(ct))
            numbers.Add(reader.GetInt32(0));
        return numbers;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}

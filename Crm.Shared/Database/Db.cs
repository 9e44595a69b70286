using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;

namespace Crm.Shared.Database;

/// <summary>
/// The one way to the database: opens a connection, runs a statement with Dapper and stamps it with the place it came from,
/// so that a slow query in the server's log points at code. Every call says whose rows it is about.
/// </summary>
public sealed class Db(DbSources sources, TimeProvider clock, IOutboxRelay relay)
{
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>What must happen in every transaction of this request, last before its commit.</summary>
    public Func<DbTransaction, Task>? BeforeCommit { get; set; }

    /// <summary>The first row, or null.</summary>
    public async Task<T?> Find<T>(
        Scope scope, string sql, object? args, CancellationToken ct, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, sources.Fixed, ct);
        return await connection.QueryFirstOrDefaultAsync<T>(Command(scope, enters: true, sql, args, null, ct, file, line));
    }

    /// <summary>All rows.</summary>
    public async Task<List<T>> List<T>(
        Scope scope, string sql, object? args, CancellationToken ct, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, sources.Fixed, ct);
        return (await connection.QueryAsync<T>(Command(scope, enters: true, sql, args, null, ct, file, line))).AsList();
    }

    /// <summary>All rows, and a number that another statement gives, in one trip.</summary>
    public async Task<(List<T> Rows, long Number)> ListWith<T>(
        Scope scope, string sql, string numberSql, object? args, bool isSearch,
        CancellationToken ct, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, isSearch ? sources.Search : sources.Fixed, ct);
        await using var both = await connection.QueryMultipleAsync(Command(scope, enters: true, $"{numberSql};\n{sql}", args, null, ct, file, line));
        var number = await both.ReadFirstAsync<long>();
        return ((await both.ReadAsync<T>()).AsList(), number);
    }

    /// <summary>
    /// All rows of a search: planned anew with the values it is asked for, because one plan for all values is up to ninety
    /// times slower where a rare and a frequent term want different indexes.
    /// </summary>
    public async Task<List<T>> Search<T>(
        Scope scope, string sql, object? args, CancellationToken ct, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, sources.Search, ct);
        return (await connection.QueryAsync<T>(Command(scope, enters: true, sql, args, null, ct, file, line))).AsList();
    }

    /// <summary>
    /// Reads rows one after the other, in the order of their columns, however many they are: nothing but the row at hand is in memory. When
    /// <paramref name="read"/> fails, the server is told to stop; otherwise the connection would have to take the rest.
    /// </summary>
    public async Task Stream(
        Scope scope, string sql, object? args, Func<DbDataReader, Task> read, CancellationToken ct,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, sources.Exports, ct);
        var command = Command(scope, enters: true, sql, args, null, ct, file, line);
        await using var reader = await connection.ExecuteReaderAsync(command, CommandBehavior.SequentialAccess);
        var wrapped = (IWrappedDataReader)reader;
        try
        {
            await read((DbDataReader)wrapped.Reader);
        }
        catch
        {
            wrapped.Command.Cancel();
            throw;
        }
    }

    /// <summary>Runs one statement on its own; returns the number of rows it changed.</summary>
    public async Task<int> Execute(
        Scope scope, string sql, object? args, CancellationToken ct, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await using var connection = await Open(scope, sources.Fixed, ct);
        return await connection.ExecuteAsync(Command(scope, enters: true, sql, args, null, ct, file, line));
    }

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction and commits it; an exception rolls all of it back, and so does
    /// <see cref="DbTransaction.Abandon"/>. Messages sent in it reach their queues only after the commit. When the database chose it as the
    /// victim of a deadlock, or with <see cref="MovedOnException"/>, nothing of it happened: it is run once more.
    /// </summary>
    public async Task<T> Transaction<T>(Scope scope, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        T result;
        List<OutboxMessage> messages;
        try
        {
            (result, messages) = await Attempt(scope, work, ct);
        }
        catch (Exception exception) when (exception is MovedOnException or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected })
        {
            (result, messages) = await Attempt(scope, work, ct);
        }

        if (messages.Count > 0)
            await relay.Relay(messages);
        return result;
    }

    // The connection is back in its pool before the messages are relayed.
    private async Task<(T Result, List<OutboxMessage> Messages)> Attempt<T>(Scope scope, Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await Open(scope, sources.Fixed, ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
        var shared = new DbTransaction.Whole(transaction, clock, ct);
        var tx = new DbTransaction(scope, shared);
        var result = await work(tx);
        if (shared.Abandoned)
            return (result, []);
        if (BeforeCommit is not null)
            await BeforeCommit(tx);
        await transaction.CommitAsync(ct);
        return (result, shared.Messages);
    }

    private ValueTask<NpgsqlConnection> Open(Scope scope, NpgsqlDataSource source, CancellationToken ct) =>
        (scope.IsGlobal ? sources.Jobs : source).OpenConnectionAsync(ct);

    /// <param name="scope">Whose rows it is about.</param>
    /// <param name="enters">Whether it is the first of its transaction: it then brings the organisation along for row-level security.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="args">Its arguments, apart from those of the scope.</param>
    /// <param name="transaction">The transaction it runs in.</param>
    /// <param name="ct">Gives it up.</param>
    /// <param name="file">The code it stands in.</param>
    /// <param name="line">And the line.</param>
    internal static CommandDefinition Command(
        Scope scope, bool enters, string sql, object? args, IDbTransaction? transaction, CancellationToken ct, string file, int line)
    {
        var texts = enters && !scope.IsGlobal ? Entering : Inside;
        if (!texts.TryGetValue(sql, out var text))
            text = texts.GetOrAdd(sql, (texts == Entering ? ScopedArgs.Enter : "") + Stamp(sql, file, line));
        return new(text, ScopedArgs.Of(args, scope), transaction, cancellationToken: ct);
    }

    // By the statement alone: one that several places share bears the stamp of the first. (Keys that are no classes would be compiled at a cold start.)
    private static readonly ConcurrentDictionary<string, string> Entering = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string> Inside = new(StringComparer.Ordinal);

    internal static string Stamp(string sql, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(file.Replace('\\', '/')));
        return $"/* {folder}/{Path.GetFileName(file)}:{line} */ {sql}";
    }
}

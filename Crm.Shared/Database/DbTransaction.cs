using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace Crm.Shared.Database;

/// <summary>A running transaction. Its statements see one another; nobody else sees them before the commit.</summary>
public sealed class DbTransaction
{
    private readonly NpgsqlTransaction transaction;
    private readonly Lazy<DateTimeOffset> now;
    private readonly CancellationToken ct;

    internal DbTransaction(Scope scope, NpgsqlTransaction transaction, Lazy<DateTimeOffset> now, CancellationToken ct)
    {
        Scope = scope;
        this.transaction = transaction;
        this.now = now;
        this.ct = ct;
    }

    public Scope Scope { get; }

    /// <summary>The same transaction, once it is known whose rows it is about (sign-in by link starts without an organisation).</summary>
    public DbTransaction In(Guid organizationId) => new(new Scope(organizationId), transaction, now, ct) { Messages = Messages };

    /// <summary>The same transaction for the rows of one owner among its own; null: all of them.</summary>
    public DbTransaction OwnedBy(Guid? ownerId) => new(Scope.OwnedBy(ownerId), transaction, now, ct) { Messages = Messages };

    /// <summary>When this happens: one time for all that the transaction writes, the one at which it first asked.</summary>
    public DateTimeOffset Now => now.Value;

    internal List<OutboxMessage> Messages { get; private init; } = [];

    internal bool Abandoned { get; private set; }

    /// <summary>Rolls the transaction back when its work returns: nothing in it happened.</summary>
    public void Abandon() => Abandoned = true;

    /// <summary>The first row, or null.</summary>
    public Task<T?> Find<T>(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        transaction.Connection!.QueryFirstOrDefaultAsync<T>(Db.Command(Scope, sql, args, transaction, ct, file, line));

    /// <summary>All rows.</summary>
    public async Task<List<T>> List<T>(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        (await transaction.Connection!.QueryAsync<T>(Db.Command(Scope, sql, args, transaction, ct, file, line))).AsList();

    /// <summary>Runs a statement; returns the number of rows it changed.</summary>
    public Task<int> Execute(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        transaction.Connection!.ExecuteAsync(Db.Command(Scope, sql, args, transaction, ct, file, line));

    /// <summary>Streams rows into a table (<c>copy … from stdin (format binary)</c>): the quickest way for many.</summary>
    public async Task Copy(string sql, Func<NpgsqlBinaryImporter, Task> write)
    {
        await using var importer = await transaction.Connection!.BeginBinaryImportAsync(sql, ct);
        await write(importer);
        await importer.CompleteAsync(ct);
    }

    /// <summary>
    /// Sends a message to a queue, if and only if the transaction commits. Messages carry ids only: what they are about is read
    /// when they are handled, and every message may be delivered twice.
    /// </summary>
    public async Task Send<T>(string queue, T message)
    {
        var row = new OutboxMessage(Scope.OrganizationId, Guid.CreateVersion7(), queue, JsonSerializer.Serialize(message, JsonSerializerOptions.Web));
        await Execute(OutboxRelay.InsertSql, new { row.Id, row.Queue, row.Body, Now });
        Messages.Add(row);
    }

    /// <summary>As <see cref="Send"/>, for many messages, each of its organisation, at the cost of one.</summary>
    public async Task SendAll<T>(string queue, IEnumerable<(Guid OrganizationId, T Message)> messages)
    {
        var rows = messages
            .Select(sent => new OutboxMessage(sent.OrganizationId, Guid.CreateVersion7(), queue, JsonSerializer.Serialize(sent.Message, JsonSerializerOptions.Web)))
            .ToArray();
        await Execute(OutboxRelay.InsertAllSql, new
        {
            Queue = queue,
            Organizations = rows.Select(row => row.OrganizationId).ToArray(),
            Ids = rows.Select(row => row.Id).ToArray(),
            Bodies = rows.Select(row => row.Body).ToArray(),
            Now,
        });
        Messages.AddRange(rows);
    }
}

using System.Runtime.CompilerServices;
using Crm.Shared.Integrations.AzureQueues;
using Dapper;
using Npgsql;

namespace Crm.Shared.Database;

/// <summary>A running transaction. Its statements see one another; nobody else sees them before the commit.</summary>
public sealed class DbTransaction
{
    private readonly Whole _whole;

    internal DbTransaction(Scope scope, Whole whole)
    {
        Scope = scope;
        _whole = whole;
    }

    /// <summary>What all scopes of one transaction share.</summary>
    internal sealed class Whole(NpgsqlTransaction transaction, TimeProvider clock, CancellationToken ct)
    {
        private DateTimeOffset? _now;

        public NpgsqlTransaction Transaction => transaction;

        public CancellationToken Ct => ct;

        public DateTimeOffset Now => _now ??= clock.GetUtcNow();

        public List<OutboxMessage> Messages { get; } = [];

        public bool Abandoned { get; set; }

        /// <summary>Whether a statement has told the database the organisation.</summary>
        public bool HasEntered { get; set; }
    }

    public Scope Scope { get; }

    /// <summary>The same transaction, once it is known whose rows it is about (sign-in by link starts without an organisation).</summary>
    public DbTransaction In(Guid organizationId) => new(new Scope(organizationId), _whole);

    /// <summary>The same transaction for the rows of one owner among its own; null: all of them.</summary>
    public DbTransaction OwnedBy(Guid? ownerId) => new(Scope.OwnedBy(ownerId), _whole);

    /// <summary>When this happens: one time for all that the transaction writes, the one at which it first asked.</summary>
    public DateTimeOffset Now => _whole.Now;

    /// <summary>Rolls the transaction back when its work returns: nothing in it happened.</summary>
    public void Abandon() => _whole.Abandoned = true;

    /// <summary>The first row, or null.</summary>
    public Task<T?> Find<T>(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Connection.QueryFirstOrDefaultAsync<T>(Command(sql, args, file, line));

    /// <summary>All rows.</summary>
    public async Task<List<T>> List<T>(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        (await Connection.QueryAsync<T>(Command(sql, args, file, line))).AsList();

    /// <summary>Runs a statement; returns the number of rows it changed.</summary>
    public Task<int> Execute(string sql, object? args, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Connection.ExecuteAsync(Command(sql, args, file, line));

    /// <summary>
    /// Sends a message to a queue, if and only if the transaction commits. Messages carry ids only: what they are about is read
    /// when they are handled, and every message may be delivered twice.
    /// </summary>
    public async Task Send<T>(string queue, T message)
    {
        var row = new OutboxMessage(Scope.OrganizationId, Guid.CreateVersion7(), queue, QueueText.Of(message));
        await Execute(OutboxRelay.InsertSql, new { row.Id, row.Queue, row.Body, Now });
        _whole.Messages.Add(row);
    }

    /// <summary>As <see cref="Send"/>, for many messages, each of its organisation, at the cost of one.</summary>
    public async Task SendAll<T>(string queue, IEnumerable<(Guid OrganizationId, T Message)> messages)
    {
        var rows = messages
            .Select(sent => new OutboxMessage(sent.OrganizationId, Guid.CreateVersion7(), queue, QueueText.Of(sent.Message)))
            .ToArray();
        await Execute(OutboxRelay.InsertAllSql, new
        {
            Queue = queue,
            Organizations = rows.Select(row => row.OrganizationId).ToArray(),
            Ids = rows.Select(row => row.Id).ToArray(),
            Bodies = rows.Select(row => row.Body).ToArray(),
            Now,
        });
        _whole.Messages.AddRange(rows);
    }

    /// <summary>Relays, after the commit, a message that a statement has written to the outbox itself.</summary>
    public void Relays<T>(Guid messageId, string queue, T message) =>
        _whole.Messages.Add(new OutboxMessage(Scope.OrganizationId, messageId, queue, QueueText.Of(message)));

    private NpgsqlConnection Connection => _whole.Transaction.Connection!;

    private CommandDefinition Command(string sql, object? args, string file, int line)
    {
        var enters = !_whole.HasEntered;
        _whole.HasEntered |= !Scope.IsGlobal;
        return Db.Command(Scope, enters, sql, args, _whole.Transaction, _whole.Ct, file, line);
    }
}

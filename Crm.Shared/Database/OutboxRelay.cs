using Azure.Storage.Queues;
using Crm.Shared.Integrations.AzureQueues;
using Microsoft.Extensions.Logging;

namespace Crm.Shared.Database;

/// <summary>A queue message on its way from the transaction that wrote it to its queue.</summary>
public sealed record OutboxMessage(Guid OrganizationId, Guid Id, string Queue, string Body);

/// <summary>Carries committed messages to their queues.</summary>
public interface IOutboxRelay
{
    /// <summary>Sends what was committed. Never throws: a message that cannot be sent now stays in the outbox for the sweep.</summary>
    Task Relay(IReadOnlyList<OutboxMessage> messages);
}

/// <summary>The relay of the running app: puts each message on its queue, then removes its row.</summary>
public sealed class OutboxRelay(DbSources sources, QueueServiceClient queues, ILogger<OutboxRelay> logger) : IOutboxRelay
{
    /// <summary>How long an answer may wait for the queue before the message is left to the sweep.</summary>
    private static readonly TimeSpan RelayTimeout = TimeSpan.FromSeconds(3);

    internal const string InsertSql = """
        insert into outbox (organization_id, id, queue, body, created_at)
        values (@OrganizationId, @Id, @Queue, @Body::jsonb, @Now)
        """;

    internal const string InsertAllSql = """
        insert into outbox (organization_id, id, queue, body, created_at)
        select organization_id, id, @Queue, body::jsonb, @Now
        from unnest(@Organizations, @Ids, @Bodies) as m (organization_id, id, body)
        """;

    private const string DeleteSql = """
        delete from outbox o
        using unnest($1::uuid[], $2::uuid[]) as sent (organization_id, id)
        where o.organization_id = sent.organization_id
          and o.id = sent.id
        """;

    private static readonly string StampedDeleteSql = Db.Stamp(DeleteSql);

    public async Task Relay(IReadOnlyList<OutboxMessage> messages)
    {
        try
        {
            using var timeout = new CancellationTokenSource(RelayTimeout);
            await Send(messages, timeout.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "Left some of {Count} message(s) for {Queue} to the sweep", messages.Count, messages[0].Queue);
        }
    }

    /// <summary>Sends messages and removes their rows. When it fails or is cut, those that were sent are gone and the others are still there.</summary>
    public async Task Send(IReadOnlyList<OutboxMessage> messages, CancellationToken ct)
    {
        var sent = new List<OutboxMessage>(messages.Count);
        try
        {
            foreach (var message in messages)
            {
                await queues.Send(message.Queue, message.Body, ct);
                sent.Add(message);
            }
        }
        finally
        {
            await Delete(sent);
        }
    }

    private async Task Delete(List<OutboxMessage> sent)
    {
        if (sent.Count == 0)
            return;
        using var timeout = new CancellationTokenSource(RelayTimeout);
        await using var command = sources.Jobs.CreateCommand(StampedDeleteSql);
        command.Parameters.AddWithValue(sent.Select(message => message.OrganizationId).ToArray());
        command.Parameters.AddWithValue(sent.Select(message => message.Id).ToArray());
        await command.ExecuteNonQueryAsync(timeout.Token);
    }
}

/// <summary>The relay of the admin commands, which have no queue: the running app's sweep picks the messages up.</summary>
public sealed class LeaveToSweep : IOutboxRelay
{
    public Task Relay(IReadOnlyList<OutboxMessage> messages) => Task.CompletedTask;
}

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
public sealed class OutboxRelay(DbSources sources, QueueClient queues, ILogger<OutboxRelay> logger) : IOutboxRelay
{
    /// <summary>How long an answer may wait for the queue before the message is left to the sweep.</summary>
    private static readonly TimeSpan RelayTimeout = TimeSpan.FromSeconds(3);

    internal const string InsertSql = """
        insert into outbox (organization_id, id, queue, body, created_at)
        values (@OrganizationId, @Id, @Queue, @Body::jsonb, @Now)
        """;

    private const string DeleteSql = """
        delete from outbox
        where organization_id = $1
          and id = any($2)
        """;

    public async Task Relay(IReadOnlyList<OutboxMessage> messages)
    {
        try
        {
            using var timeout = new CancellationTokenSource(RelayTimeout);
            foreach (var message in messages)
                await queues.SendAsync(message.Queue, message.Body, null, timeout.Token);
            await using var command = sources.Fixed.CreateCommand(DeleteSql);
            command.Parameters.AddWithValue(messages[0].OrganizationId);
            command.Parameters.AddWithValue(messages.Select(message => message.Id).ToArray());
            await command.ExecuteNonQueryAsync(timeout.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "Left {Count} message(s) for {Queue} to the sweep", messages.Count, messages[0].Queue);
        }
    }
}

/// <summary>The relay of the admin commands, which have no queue: the running app's sweep picks the messages up.</summary>
public sealed class LeaveToSweep : IOutboxRelay
{
    public Task Relay(IReadOnlyList<OutboxMessage> messages) => Task.CompletedTask;
}

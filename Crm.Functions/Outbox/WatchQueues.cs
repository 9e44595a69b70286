using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Outbox;

/// <summary>
/// Says of each queue that is not empty how much it holds and how long its first message has waited. The platform counts messages of a whole storage account
/// once an hour; alerts (<c>infra/modules/alerts.bicep</c>) read these lines instead.
/// </summary>
public static class WatchQueues
{
    /// <summary>The alerts parse it: changed here, it is changed there.</summary>
    public const string Line = "Queue {Queue} holds {Messages} message(s), the oldest for {Age} s";

    public static async Task Handle(QueueServiceClient queues, TimeProvider clock, ILogger<QueueLines> logger, CancellationToken ct)
    {
        foreach (var queue in Queues.All.SelectMany(name => new[] { name, Queues.PoisonOf(name) }))
        {
            if (await queues.Depth(queue, ct) is > 0 and var depth)
                logger.LogWarning(Line, queue, depth, await Age(queues.GetQueueClient(queue), clock.GetUtcNow(), ct));
        }
    }

    // Of the first message that is not being handled right now. One that is hidden for later is not late.
    private static async Task<long> Age(QueueClient queue, DateTimeOffset now, CancellationToken ct)
    {
        PeekedMessage[] first = await queue.PeekMessagesAsync(1, ct);
        return first is [{ InsertedOn: { } since }] ? Math.Max(0, (long)(now - since).TotalSeconds) : 0;
    }

    /// <summary>The category of these lines in the log.</summary>
    public sealed class QueueLines;
}

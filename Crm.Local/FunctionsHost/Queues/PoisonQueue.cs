using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Crm.Local.FunctionsHost.Queues;

/// <summary>Where a queue's hopeless messages go, made when the first of them comes.</summary>
internal sealed class PoisonQueue(QueueServiceClient queues, string queue)
{
    private const string Suffix = "-poison";
    private const int LongestName = 63;
    private readonly QueueClient _poison = queues.GetQueueClient(queue + Suffix);

    public string Name => _poison.Name;

    /// <summary>Copies the message as it is. False when there can be no such queue: the message then stays hidden until its lease has run out.</summary>
    public async Task<bool> Add(QueueMessage message)
    {
        if (queue.EndsWith(Suffix, StringComparison.Ordinal) || Name.Length > LongestName)
            return false;
        try
        {
            await _poison.SendMessageAsync(message.Body);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await _poison.CreateIfNotExistsAsync();
            await _poison.SendMessageAsync(message.Body);
        }

        return true;
    }
}

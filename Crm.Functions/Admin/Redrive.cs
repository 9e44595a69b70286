using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Crm.Functions.Hosting;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Admin;

/// <summary>Puts messages that the Functions host gave up on back into their queue: handlers expect every message twice, so a cut run is run again.</summary>
internal static class Redrive
{
    private const int MostAtOnce = 32;

    /// <summary>A message that was taken and not deleted shows itself again after this.</summary>
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(2);

    public static async Task<int> Run(IConfiguration configuration, string? queue, TextWriter output, CancellationToken ct)
    {
        // As they are: one that is not base64 went to the poison queue for that very reason, and must not stop the others.
        var queues = QueueConnection.Open(configuration, QueueMessageEncoding.None);
        if (queue is null)
        {
            foreach (var name in Queues.All.Order(StringComparer.Ordinal))
                await output.WriteLineAsync($"{await queues.Depth(Queues.PoisonOf(name), ct),8}  {name}");
            return 0;
        }

        if (!Queues.All.Contains(queue))
            return await AdminCommands.Fail($"There is no queue {queue}: {string.Join(", ", Queues.All)}.");

        await output.WriteLineAsync($"{await Move(queues, queue, ct)} message(s) are back in {queue}.");
        return 0;
    }

    // Only as many as there were: those that fail once more come back to the poison queue, and wait for the next run.
    private static async Task<int> Move(QueueServiceClient queues, string queue, CancellationToken ct)
    {
        var poison = queues.GetQueueClient(Queues.PoisonOf(queue));
        var (left, moved) = (await queues.Depth(poison.Name, ct), 0);
        while (left > 0)
        {
            QueueMessage[] messages = await poison.ReceiveMessagesAsync(Math.Min(left, MostAtOnce), Hidden, ct);
            if (messages.Length == 0)
                break;
            foreach (var message in messages)
            {
                await queues.Send(queue, message.Body.ToString(), ct);
                await Forget(poison, message, ct);
            }

            left -= messages.Length;
            moved += messages.Length;
        }

        return moved;
    }

    private static async Task Forget(QueueClient poison, QueueMessage message, CancellationToken ct)
    {
        try
        {
            await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt, ct);
        }
        catch (RequestFailedException gone) when (gone.Status == StatusCodes.Status404NotFound)
        {
            // Another run of this command took it.
        }
    }
}

using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Crm.Local.FunctionsHost.Queues;

/// <summary>Keeps a message hidden from others while its function runs. Each renewal gives a new receipt, and only the newest one counts.</summary>
internal sealed class MessageLease(QueueClient queue, QueueMessage message, Action<string> warn)
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMinutes(1);
    private string _receipt = message.PopReceipt;

    public async Task Keep(CancellationToken done)
    {
        var next = Length / 2;
        while (true)
        {
            await Task.Delay(next, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested)
                return;
            try
            {
                await Hide(Length);
                next = Length / 2;
            }
            catch (Exception error) when (error is RequestFailedException or AggregateException)
            {
                warn($"Queue {queue.Name}: the lease on message {message.MessageId} could not be renewed: {error.Message}");
                next = RetryAfterFailure;
            }
        }
    }

    /// <summary>Lets others see the message after that time.</summary>
    public async Task Hide(TimeSpan time) => _receipt = (await queue.UpdateMessageAsync(message.MessageId, _receipt, (BinaryData?)null, time)).Value.PopReceipt;

    public Task Delete() => queue.DeleteMessageAsync(message.MessageId, _receipt);
}

using System.Threading.Channels;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Crm.Local.FunctionsHost.Workers;

namespace Crm.Local.FunctionsHost.Queues;

/// <summary>
/// Delivers a queue's messages to its function as the Functions host does: in batches, each hidden from others while it is worked on, handed out again when the
/// function fails, and moved to <c>&lt;queue&gt;-poison</c> when it has failed too often.
/// </summary>
/// <param name="function">The function and its queue.</param>
/// <param name="settings">host.json's.</param>
/// <param name="queues">Leaves bodies as they are: what is not base64 must be seen.</param>
/// <param name="invoker">Calls the function.</param>
/// <param name="warn">Is told what went wrong.</param>
public sealed class QueueListener(QueueFunction function, QueueSettings settings, QueueServiceClient queues, FunctionInvoker invoker, Action<string> warn)
{
    private const int LargestBatch = 32;

    // The real host lets an idle queue wait for up to maxPollingInterval; somebody at a local screen should not.
    private static readonly TimeSpan FirstIdleDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestIdleDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DelayAfterFailedPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly QueueClient _queue = queues.GetQueueClient(function.Queue);
    private readonly PoisonQueue _poison = new(queues, function.Queue);
    private readonly Channel<bool> _ended = Channel.CreateUnbounded<bool>(new() { SingleReader = true });
    private int _running;

    /// <summary>
    /// Listens until cancelled. Running functions are told to end and settled as usual; what they have not finished after some seconds is handed back.
    /// </summary>
    public async Task Run(CancellationToken ct)
    {
        using var abandon = new CancellationTokenSource();
        await using var drain = ct.Register(() => abandon.CancelAfter(DrainLimit));
        try
        {
            await Listen(abandon.Token, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }

        while (_running > 0)
            await OneHasEnded(CancellationToken.None);
    }

    private async Task Listen(CancellationToken abandon, CancellationToken ct)
    {
        var threshold = settings.NewBatchThreshold ?? settings.BatchSize / 2;
        var idleDelay = FirstIdleDelay;
        while (true)
        {
            while (_running > threshold)
                await OneHasEnded(ct);

            var messages = await Receive(ct);
            if (messages.Count == 0)
            {
                await Task.Delay(idleDelay, ct);
                idleDelay = Shorter(idleDelay * 2, Shorter(LongestIdleDelay, settings.MaxPollingInterval));
                continue;
            }

            idleDelay = FirstIdleDelay;
            foreach (var message in messages)
            {
                _running++;
                _ = Work(message, abandon, ct);
            }
        }
    }

    private async Task OneHasEnded(CancellationToken ct)
    {
        await _ended.Reader.ReadAsync(ct);
        _running--;
    }

    private async Task Work(QueueMessage message, CancellationToken abandon, CancellationToken ct)
    {
        try
        {
            await Process(message, abandon, ct);
        }
        catch (Exception error)
        {
            warn($"{function.Name}: message {message.MessageId}: {error}");
        }
        finally
        {
            _ended.Writer.TryWrite(true);
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Takes nothing while there is no worker to give it to. A queue that does not exist is empty.</summary>
    private async Task<IReadOnlyList<QueueMessage>> Receive(CancellationToken ct)
    {
        try
        {
            await invoker.Ready(ct);
            return (await _queue.ReceiveMessagesAsync(Math.Clamp(settings.BatchSize, 1, LargestBatch), MessageLease.Length, ct)).Value;
        }
        catch (RequestFailedException error) when (error.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return [];
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException or WorkerDownException)
        {
            ct.ThrowIfCancellationRequested();
            warn($"Queue {function.Queue} could not be read: {error.Message}");
            await Task.Delay(DelayAfterFailedPoll, ct);
            return [];
        }
    }

    private async Task Process(QueueMessage message, CancellationToken abandon, CancellationToken ct)
    {
        // At least one pass through the scheduler: a batch is taken on together.
        await Task.Yield();
        using var done = new CancellationTokenSource();
        var lease = new MessageLease(_queue, message, warn);
        var kept = lease.Keep(done.Token);
        var result = await TryInvoke(message, abandon, ct);
        await done.CancelAsync();
        await kept;
        try
        {
            await Settle(message, lease, result);
        }
        catch (RequestFailedException error) when (error.ErrorCode == QueueErrorCode.MessageNotFound
            || error.ErrorCode == QueueErrorCode.PopReceiptMismatch || error.Status == StatusCodes.Status404NotFound)
        {
            // Somebody else has it, or it is gone: not ours any more.
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException)
        {
            // Its lease will run out and it is delivered once more: a function must bear that anyway.
            warn($"{function.Name}: message {message.MessageId} could not be settled: {error.Message}");
        }
    }

    /// <summary>Null when we were stopped before the function had ended.</summary>
    private async Task<InvocationResult?> TryInvoke(QueueMessage message, CancellationToken abandon, CancellationToken ct)
    {
        if (QueuePayload.Decode(message) is not { } content)
            return new(false, "The message is not base64.", TimeSpan.Zero);
        if (message.DequeueCount > settings.MaxDequeueCount)
            return new(false, "It was delivered too often before.", TimeSpan.Zero);
        try
        {
            return await invoker.Invoke(function, QueuePayload.Input(function, message, content), QueuePayload.Metadata(message, content), ct)
                .WaitAsync(abandon);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (WorkerDownException error)
        {
            return ct.IsCancellationRequested ? null : new(false, error.Message, TimeSpan.Zero);
        }
    }

    private async Task Settle(QueueMessage message, MessageLease lease, InvocationResult? result)
    {
        if (result is null)
        {
            await lease.Hide(TimeSpan.Zero);
            return;
        }

        if (result.Succeeded)
        {
            await lease.Delete();
            return;
        }

        warn($"{function.Name} failed (delivery {message.DequeueCount}): {result.Error}");
        if (message.DequeueCount < settings.MaxDequeueCount && QueuePayload.Decode(message) is not null)
        {
            await lease.Hide(settings.VisibilityTimeout);
            return;
        }

        if (await _poison.Add(message))
        {
            await lease.Delete();
            warn($"{function.Name}: message {message.MessageId} moved to {_poison.Name} after {message.DequeueCount} deliveries.");
        }
    }
}

using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Local.FunctionsHost;

/// <summary>
/// Delivers a queue's messages to its function as the Functions host does: in batches, each hidden from others while it is worked on, handed out again when the
/// function fails, and moved to <c>&lt;queue&gt;-poison</c> when it has failed too often.
/// </summary>
public sealed class QueueListener(QueueFunction function, QueueSettings settings, QueueServiceClient queues, FunctionInvoker invoker, Action<string>? warn = null)
{
    /// <summary>The service hands out no more.</summary>
    private const int MostAtOnce = 32;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    // The real host lets an idle queue wait for up to maxPollingInterval; somebody at a local screen should not.
    private static readonly TimeSpan FirstIdleDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestIdleDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan DelayAfterFailedPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly QueueClient _queue = queues.GetQueueClient(function.Queue);
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Listens until cancelled, then lets running invocations end for a few seconds and hands back what they did not finish.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var abort = new CancellationTokenSource();
        await using var drain = ct.Register(() => abort.CancelAfter(DrainLimit));
        try
        {
            await ListenAsync(abort.Token, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }

        await Task.WhenAll(_running.Keys);
    }

    private async Task ListenAsync(CancellationToken abort, CancellationToken ct)
    {
        var threshold = settings.NewBatchThreshold ?? settings.BatchSize / 2;
        var idleDelay = FirstIdleDelay;
        while (true)
        {
            while (_running.Count > threshold)
            {
                // All of them may have ended since they were counted.
                if (_running.Keys is { Count: > 0 } running)
                {
                    await Task.WhenAny(running).WaitAsync(ct);
                }
            }

            var messages = await ReceiveAsync(ct);
            if (messages.Count == 0)
            {
                await Task.Delay(idleDelay, ct);
                idleDelay = Shorter(idleDelay * 2, Shorter(LongestIdleDelay, settings.MaxPollingInterval));
                continue;
            }

            idleDelay = FirstIdleDelay;
            foreach (var message in messages)
            {
                var work = ProcessAsync(message, abort);
                _running.TryAdd(work, true);
                _ = work.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(CancellationToken ct)
    {
        try
        {
            return (await _queue.ReceiveMessagesAsync(Math.Clamp(settings.BatchSize, 1, MostAtOnce), Lease, ct)).Value;
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return [];
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException)
        {
            warn?.Invoke($"Queue {function.Queue} could not be read: {error.Message}");
            await Task.Delay(DelayAfterFailedPoll, ct);
            return [];
        }
    }

    private async Task ProcessAsync(QueueMessage message, CancellationToken abort)
    {
        using var done = new CancellationTokenSource();
        var renewed = RenewAsync(message, done.Token);
        var result = await TryInvokeAsync(message, abort);
        await done.CancelAsync();
        message = await renewed;
        try
        {
            await SettleAsync(message, result);
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException)
        {
            // Its lease will run out and it is delivered once more: a handler must bear that anyway.
            warn?.Invoke($"{function.Name}: message {message.MessageId} could not be settled: {error.Message}");
        }
    }

    /// <summary>Null when we were stopped before the function answered.</summary>
    private async Task<InvocationResult?> TryInvokeAsync(QueueMessage message, CancellationToken abort)
    {
        if (message.DequeueCount > settings.MaxDequeueCount)
        {
            return new(false, null, "Delivered too often before.", TimeSpan.Zero);
        }

        try
        {
            return await invoker.InvokeAsync(function.Name, InvocationPayload.ForQueue(function, message, DateTimeOffset.UtcNow), abort);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task SettleAsync(QueueMessage message, InvocationResult? result)
    {
        if (result is null)
        {
            await _queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero);
            return;
        }

        if (result.Succeeded)
        {
            await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            return;
        }

        warn?.Invoke($"{function.Name} failed (delivery {message.DequeueCount}): {result.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? result.Answer}");
        if (message.DequeueCount < settings.MaxDequeueCount)
        {
            await _queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: settings.VisibilityTimeout);
            return;
        }

        await queues.Send($"{function.Queue}-poison", message.MessageText, CancellationToken.None);
        await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        warn?.Invoke($"{function.Name}: message {message.MessageId} moved to {function.Queue}-poison after {message.DequeueCount} deliveries.");
    }

    /// <summary>Keeps the message hidden while the function runs; returns it with its latest receipt.</summary>
    private async Task<QueueMessage> RenewAsync(QueueMessage message, CancellationToken done)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Lease / 2, done);
                message = message.Update(await _queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: Lease, cancellationToken: CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            return message;
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException)
        {
            warn?.Invoke($"{function.Name}: the lease on message {message.MessageId} could not be renewed: {error.Message}");
            return message;
        }
    }
}

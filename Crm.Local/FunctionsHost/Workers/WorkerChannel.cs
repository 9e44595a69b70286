using System.Collections.Concurrent;
using System.Threading.Channels;
using Crm.Local.FunctionsHost.Rpc;
using Grpc.Core;
using static Crm.Local.FunctionsHost.Rpc.StreamingMessage;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>The conversation with one worker, from the moment it dialled in until its stream ends.</summary>
public sealed class WorkerChannel
{
    private const string Gone = "The worker ended before the function did.";
    private static readonly WriteOptions More = new(WriteFlags.BufferHint);

    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(
        new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = new(StringComparer.Ordinal);
    private readonly OpenInvocations _open;
    private readonly Action<RpcLog> _onLog;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal WorkerChannel(TimeSpan functionTimeout, Action<RpcLog> onLog)
    {
        _open = new(functionTimeout);
        _onLog = onLog;
    }

    /// <summary>Completes when the stream has ended, from either side. Nothing is open any more then.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Calls a function. The result is there when the worker has answered, or is gone.</summary>
    public Invocation Begin(InvocationRequest request)
    {
        var invocation = new Invocation(request.InvocationId);
        _open.Add(invocation);
        if (!Send(new() { InvocationRequest = request }))
            _open.Remove(invocation.Id)?.Fail(Gone);
        return invocation;
    }

    /// <summary>Asks the function to give up. The invocation stays open until it has.</summary>
    public void Cancel(Invocation invocation)
    {
        if (!invocation.Result.IsCompleted && invocation.MarkCancelled())
            Send(new() { InvocationCancel = new() { InvocationId = invocation.Id } });
    }

    /// <summary>Asks the worker to end itself.</summary>
    internal void Terminate(TimeSpan grace) =>
        Send(new() { WorkerTerminate = new() { GracePeriod = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(grace) } });

    /// <summary>Ends the stream from our side.</summary>
    internal void Close() => _closed.TrySetResult();

    /// <summary>Sends a question of the handshake and returns its answer, which carries the same request id.</summary>
    internal async Task<StreamingMessage> Ask(StreamingMessage question, TimeSpan limit, CancellationToken ct)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[question.RequestId] = answer;
        try
        {
            if (Send(question) && await Task.WhenAny(answer.Task, Ended).WaitAsync(limit, ct) == answer.Task)
                return await answer.Task;
            throw new WorkerStartException("The worker ended its stream during the handshake.");
        }
        catch (TimeoutException late)
        {
            throw new WorkerStartException($"The worker did not answer {question.ContentCase} within {limit.TotalSeconds} s.", late);
        }
        finally
        {
            _asked.TryRemove(question.RequestId, out _);
        }
    }

    /// <summary>Speaks and listens until the stream ends.</summary>
    internal async Task Run(IAsyncStreamReader<StreamingMessage> from, IAsyncStreamWriter<StreamingMessage> to, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // Whichever it was, and however it broke: a worker that is killed does not say goodbye.
        await Task.WhenAny(Listen(from, over.Token), Speak(to, over.Token), _open.Watch(Cancel, over.Token), _closed.Task);
        await over.CancelAsync();
        _outgoing.Writer.TryComplete();
        _ended.TrySetResult();
        _open.FailAll(Gone);
    }

    private bool Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>One writer for all, on the thread of whoever had something to say while it was idle. What has gathered goes out together.</summary>
    private async Task Speak(IAsyncStreamWriter<StreamingMessage> to, CancellationToken ct)
    {
        while (await _outgoing.Reader.WaitToReadAsync(ct))
        {
            while (_outgoing.Reader.TryRead(out var message))
            {
                to.WriteOptions = _outgoing.Reader.TryPeek(out _) ? More : null;
                await to.WriteAsync(message, ct);
            }
        }
    }

    private async Task Listen(IAsyncStreamReader<StreamingMessage> from, CancellationToken ct)
    {
        while (await from.MoveNext(ct))
        {
            var message = from.Current;
            switch (message.ContentCase)
            {
                case ContentOneofCase.InvocationResponse:
                    _open.Remove(message.InvocationResponse.InvocationId)?.Answer(message.InvocationResponse);
                    break;
                case ContentOneofCase.RpcLog:
                    _onLog(message.RpcLog);
                    break;
                default:
                    // Terminate and cancel are answered with an empty message, which answers nothing.
                    if (_asked.TryGetValue(message.RequestId, out var answer))
                        answer.TrySetResult(message);
                    break;
            }
        }
    }
}

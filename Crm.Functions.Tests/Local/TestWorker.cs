using System.Net;
using System.Threading.Channels;
using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.FunctionsHost.Workers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using static Crm.Local.FunctionsHost.Rpc.StreamingMessage;

namespace Crm.Functions.Tests.Local;

/// <summary>A tiny worker without functions: it dials in as the real one does, notes every call and answers as it is told to.</summary>
public sealed class TestWorker : IWorker
{
    private static readonly Method<StreamingMessage, StreamingMessage> EventStream = new(
        MethodType.DuplexStreaming, "AzureFunctionsRpcMessages.FunctionRpc", "EventStream", Marshaller(), Marshaller());

    private readonly TestWorkers _workers;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<StreamingMessage, StreamingMessage> _call;
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _server;

    private TestWorker(TestWorkers workers, Uri host, WebApplication server)
    {
        _workers = workers;
        _server = server;
        _channel = GrpcChannel.ForAddress(host, new() { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        _call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(EventStream, host: null, new());
    }

    public int? ProcessId => null;

    public Task<int> Exited => _exited.Task;

    /// <summary>Completes when the host has ended the stream.</summary>
    public Task HungUp { get; private set; } = Task.CompletedTask;

    public static async Task<IWorker> Start(TestWorkers workers, WorkerStart start)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var server = builder.Build();
        server.Run(workers.Answer);
        await server.StartAsync();
        var worker = new TestWorker(workers, start.Host, server);
        worker.Send(new() { StartStream = new() { WorkerId = start.WorkerId } });
        _ = worker.Speak();
        worker.HungUp = worker.Listen();
        return worker;
    }

    /// <summary>Ends it: nothing more is said, neither here nor there.</summary>
    public void Kill() => _ = Task.Run(async () => await DisposeAsync());

    public async ValueTask DisposeAsync()
    {
        _exited.TrySetResult(137);
        _call.Dispose();
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    private static Marshaller<StreamingMessage> Marshaller() => Marshallers.Create(static message => message.ToByteArray(), StreamingMessage.Parser.ParseFrom);

    private void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private async Task Speak()
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync())
            await _call.RequestStream.WriteAsync(message);
    }

    private async Task Listen()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None))
                Hear(_call.ResponseStream.Current);
        }
        catch (Grpc.Core.RpcException)
        {
            // The host, or this worker, is gone.
        }
    }

    private void Hear(StreamingMessage message)
    {
        _workers.Heard.Enqueue(message);
        var answer = new StreamingMessage { RequestId = message.RequestId };
        switch (message.ContentCase)
        {
            case ContentOneofCase.WorkerInitRequest:
                answer.WorkerInitResponse = new() { Result = Success() };
                answer.WorkerInitResponse.Capabilities["HttpUri"] = _server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/";
                break;
            case ContentOneofCase.FunctionsMetadataRequest:
                answer.FunctionMetadataResponse = new() { Result = Success() };
                answer.FunctionMetadataResponse.FunctionMetadataResults.Add(_workers.Functions);
                break;
            case ContentOneofCase.FunctionLoadRequest:
                var name = message.FunctionLoadRequest.Metadata.Name;
                answer.FunctionLoadResponse = new()
                {
                    FunctionId = message.FunctionLoadRequest.FunctionId,
                    Result = name == _workers.Broken ? new() { Exception = new() { Message = "no such method" } } : Success(),
                };
                break;
            case ContentOneofCase.InvocationRequest:
                _ = Invoke(message.InvocationRequest);
                return;
            case ContentOneofCase.WorkerTerminate:
                Kill();
                return;
        }

        Send(answer);
    }

    private async Task Invoke(InvocationRequest request)
    {
        var function = _workers.Functions.Single(function => function.FunctionId == request.FunctionId).Name;
        if (await _workers.Invoke(new(function, request)) is { } result)
            Send(new() { InvocationResponse = new() { InvocationId = request.InvocationId, Result = result } });
    }

    private static StatusResult Success() => new() { Status = StatusResult.Types.Status.Success };
}

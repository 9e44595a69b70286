using System.Collections.Concurrent;
using Crm.Local.FunctionsHost.Rpc;
using Crm.Local.Services;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>The port that workers dial in to: gRPC over plain HTTP/2 on the loopback, open to those alone whose id we gave out.</summary>
internal sealed class WorkerServer : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, Call> _expected;

    private WorkerServer(WebApplication server, ConcurrentDictionary<string, Call> expected, Uri address)
    {
        _server = server;
        _expected = expected;
        Address = address;
    }

    public Uri Address { get; }

    public static async Task<WorkerServer> Start(CancellationToken ct)
    {
        var expected = new ConcurrentDictionary<string, Call>(StringComparer.Ordinal);
        // Without TLS there is no negotiation, so HTTP/2 has the port to itself.
        var builder = LoopbackServer.CreateBuilder(port: 0, maxBodySize: null, HttpProtocols.Http2);
        builder.Services.AddSingleton(expected);
        builder.Services.AddGrpc(static grpc =>
        {
            grpc.MaxReceiveMessageSize = int.MaxValue;
            grpc.MaxSendMessageSize = int.MaxValue;
        });
        var server = builder.Build();
        server.MapGrpcService<EventStreams>();
        try
        {
            return new(server, expected, await LoopbackServer.Start(server, 0, "", ct));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets a worker of this id in; completes when it has dialled.</summary>
    public Task Expect(string workerId, WorkerChannel channel)
    {
        var call = new Call(channel);
        _expected[workerId] = call;
        return call.Dialled.Task;
    }

    public void Forget(string workerId) => _expected.TryRemove(workerId, out _);

    public async ValueTask DisposeAsync() => await LoopbackServer.Stop(_server);

    private sealed record Call(WorkerChannel Channel)
    {
        public TaskCompletionSource Dialled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class EventStreams(ConcurrentDictionary<string, Call> expected) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
        {
            if (!await requestStream.MoveNext(context.CancellationToken)
                || requestStream.Current.StartStream is not { } start
                || !expected.TryRemove(start.WorkerId, out var call))
                return;
            call.Dialled.TrySetResult();
            await call.Channel.Run(requestStream, responseStream, context.CancellationToken);
        }
    }
}

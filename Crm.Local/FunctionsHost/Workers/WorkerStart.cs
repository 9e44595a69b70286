using System.Globalization;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>A worker that was started, whichever way. Disposing ends it at once.</summary>
public interface IWorker : IAsyncDisposable
{
    /// <summary>Null for a worker that has no process of its own.</summary>
    int? ProcessId { get; }

    /// <summary>Completes with the exit code when it has ended.</summary>
    Task<int> Exited { get; }
}

/// <summary>Starts a worker that will dial in as <paramref name="start"/> says.</summary>
public delegate Task<IWorker> WorkerLauncher(WorkerStart start);

/// <summary>What a worker needs to know to dial in, in the two forms it takes.</summary>
/// <param name="Host">The host's port for workers.</param>
/// <param name="WorkerId">What it must say to be let in.</param>
/// <param name="Settings">The function app's.</param>
/// <param name="Log">Where what it prints goes.</param>
public sealed record WorkerStart(Uri Host, string WorkerId, AppSettings Settings, HostLog Log)
{
    private static readonly string MaxMessageLength = int.MaxValue.ToString(CultureInfo.InvariantCulture);
    private readonly string _requestId = Guid.NewGuid().ToString();

    /// <summary>The arguments of a worker process. The old names go before the present ones, as with the real host.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        "--host", Host.Host, "--port", Host.Port.ToString(CultureInfo.InvariantCulture),
        "--workerId", WorkerId, "--requestId", _requestId, "--grpcMaxMessageLength", MaxMessageLength,
        "--functions-uri", Host.ToString(), "--functions-worker-id", WorkerId,
        "--functions-request-id", _requestId, "--functions-grpc-max-message-length", MaxMessageLength,
    ];

    /// <summary>The same as configuration, for a worker that is built inside this process.</summary>
    public IReadOnlyList<string> Configuration =>
    [
        $"--Functions:Worker:HostEndpoint={Host}", $"--Functions:Worker:WorkerId={WorkerId}",
        $"--Functions:Worker:RequestId={_requestId}", $"--Functions:Worker:GrpcMaxMessageLength={MaxMessageLength}",
    ];
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>A program that serves HTTP on the port it is given.</summary>
public sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _process;
    private readonly LogFile _log;

    private Server(ChildProcess process, LogFile log, Uri address)
    {
        _process = process;
        _log = log;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>The processes below it count as its own.</summary>
    public Target Target => new(Address, () => Cpu.OfTree(_process.Id));

    public TimeSpan ProcessorTime => Cpu.Of(_process.Id);

    /// <summary>The memory of the process in bytes: now, and at its highest so far.</summary>
    public (long Now, long Peak) Memory()
    {
        var status = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status"));
        return (Of("VmRSS:"), Of("VmHWM:"));

        long Of(string name) =>
            1024 * long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]
                .Split('\t')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>Returns as soon as the program accepts connections.</summary>
    public static async Task<Server> Start(string name, Func<int, ChildCommand> command, CancellationToken ct)
    {
        var log = new LogFile(Stage.Log(name));
        var port = Ports.Free();
        var process = await ChildProcess.Start(command(port) with { ParentDeathSignal = Signal.Kill, OnOutput = log.Write, OnError = log.Write });
        var server = new Server(process, log, new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        try
        {
            await server.Listening(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _log.Dispose();
    }

    private async Task Listening(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            if (_process.Exited.IsCompleted)
                throw new StackException($"A program that was to be measured ended by itself:{Environment.NewLine}{_log.Tail}");
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Address.Port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(2, limit.Token);
            }
        }
    }
}

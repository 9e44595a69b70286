using System.Globalization;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>An S3-compatible store of one bucket. Clients reach it through the providers' port (<see cref="Providers.S3Front"/>).</summary>
public sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "crm-files";

    /// <summary>The only account it knows.</summary>
    public const string Key = "S3RVER";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ChildProcess _process;
    private readonly LogFile _log;

    private readonly Uri _address;

    private S3Server(ChildProcess process, LogFile log, Uri address)
    {
        _process = process;
        _log = log;
        _address = address;
    }

    public Task Exited => _process.Exited;

    /// <summary>Where a server on this port answers.</summary>
    public static Uri On(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    /// <param name="port">A free one: it takes no 0.</param>
    /// <param name="folder">Where the files are kept.</param>
    /// <param name="logFile">Where the server's output goes.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<S3Server> Start(int port, string folder, string logFile, CancellationToken ct = default)
    {
        await NodePackages.Ensure().WaitAsync(ct);
        Directory.CreateDirectory(folder);
        var log = new LogFile(logFile);
        var script = Path.Combine(NodePackages.Folder, "s3rver", "bin", "s3rver.js");
        var process = await ChildProcess.Start(new ChildCommand(
            "node",
            [
                script, "--silent", "--address", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--directory", folder,
                "--configure-bucket", Bucket, "--no-vhost-buckets",
            ])
        {
            OnOutput = log.Write,
            OnError = log.Write,
        });
        var server = new S3Server(process, log, On(port));
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
        using var client = new HttpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        while (!await Answers(client, limit.Token))
        {
            if (_process.Exited.IsCompleted)
                throw new StackException($"The S3 server did not start:{Environment.NewLine}{_log.Tail}");
            await Task.Delay(Interval, limit.Token);
        }
    }

    private async Task<bool> Answers(HttpClient client, CancellationToken ct)
    {
        try
        {
            using var response = await client.GetAsync(_address, ct);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

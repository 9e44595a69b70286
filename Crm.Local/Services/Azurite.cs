using System.Globalization;
using System.Text.RegularExpressions;
using Crm.Local.Processes;

namespace Crm.Local.Services;

/// <summary>The Azure Storage emulator: queues, and blobs too when the real Functions host needs them for its own housekeeping.</summary>
public sealed partial class Azurite : IAsyncDisposable
{
    private const string AccountsVariable = "AZURITE_ACCOUNTS";
    private const string AnyAccount = "{account}";

    // The emulator's account, the same on every machine and documented.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly List<ChildProcess> _services = [];
    private readonly LogFile _log;

    private string _endpoints = "";

    private Azurite(LogFile log) => _log = log;

    public string ConnectionString => ConnectionTo(Account);

    /// <summary>Completes when a service has ended by itself.</summary>
    public Task Exited => Task.WhenAny(_services.Select(service => service.Exited));

    /// <param name="location">The folder that keeps the messages; null keeps them in memory.</param>
    /// <param name="logFile">Where the services' output goes.</param>
    /// <param name="withBlobs">Starts the blob service as well.</param>
    /// <param name="accounts">Accounts that it has beside its own one; each sees its own queues alone.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<Azurite> Start(
        string? location, string logFile, bool withBlobs = false, IReadOnlyList<string>? accounts = null, CancellationToken ct = default)
    {
        await NodePackages.Ensure().WaitAsync(ct);
        if (location is not null)
            Directory.CreateDirectory(location);

        var azurite = new Azurite(new LogFile(logFile));
        try
        {
            foreach (var service in withBlobs ? new[] { "queue", "blob" } : ["queue"])
                await azurite.StartService(service, location, accounts ?? [], ct);

            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection string of one of its accounts.</summary>
    public string ConnectionTo(string account) =>
        $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key}{_endpoints.Replace(AnyAccount, account, StringComparison.Ordinal)}";

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_services.Select(service => service.DisposeAsync().AsTask()));
        _log.Dispose();
    }

    private async Task StartService(string name, string? location, IReadOnlyList<string> accounts, CancellationToken ct)
    {
        var port = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var script = Path.Combine(NodePackages.Folder, "azurite", "dist", "src", name, "main.js");
        string[] storage = location is null ? ["--inMemoryPersistence"] : ["--location", location];
        var service = await ChildProcess.Start(
            new ChildCommand("node", [script, $"--{name}Host", "127.0.0.1", $"--{name}Port", "0", "--silent", "--skipApiVersionCheck", .. storage])
            {
                Environment = new Dictionary<string, string>
                {
                    [AccountsVariable] = string.Join(';', accounts.Prepend(Account).Select(account => $"{account}:{Key}")),
                },
                OnOutput = OnOutput,
                OnError = _log.Write,
            });
        _services.Add(service);

        var first = await Task.WhenAny(port.Task, service.Exited).WaitAsync(StartLimit, ct);
        if (first != port.Task)
        {
            throw new StackException($"Azurite's {name} service did not start:{Environment.NewLine}{_log.Tail}");
        }

        var endpoint = $"{char.ToUpperInvariant(name[0])}{name[1..]}Endpoint";
        var number = await port.Task;
        _endpoints += string.Create(CultureInfo.InvariantCulture, $";{endpoint}=http://127.0.0.1:{number}/{AnyAccount}");

        void OnOutput(string line)
        {
            _log.Write(line);
            if (ListeningLine().Match(line) is { Success: true } match)
                port.TrySetResult(int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"successfully listens on http://127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningLine();
}

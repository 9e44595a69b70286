using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Local.FunctionsHost;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Bench;

/// <summary>What the measurements share: the builds, the database, and what a worker is told of its surroundings.</summary>
public sealed class Stage(BenchOptions options, Builds builds, BenchDatabase database, FunctionApp app)
{
    /// <summary>Signs the tokens of every side.</summary>
    public const string TokenKey = "only for benches: 0123456789 abcdefghijklmnopqrstuvwxyz";

    public static readonly string Folder = Path.Combine(SourceTree.Root, "bench", ".data");

    public static string Log(string name) => Path.Combine(Folder, "logs", $"{name}.log");

    public BenchOptions Options => options;

    public Builds Builds => builds;

    public BenchDatabase Database => database;

    /// <summary>The CRM as it is published.</summary>
    public FunctionApp Crm => app;

    /// <summary>The settings of every process that runs the CRM, or hello in its place.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>(Unlistened(app), StringComparer.Ordinal)
    {
        ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["RateLimit__PerMinute"] = "0",
        ["Exports__DirectRows"] = "100000000",
        ["Jwt__Key"] = TokenKey,
        ["PUBLIC_BASE_URL"] = "http://127.0.0.1",
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
        ["Database__ConnectionString"] = database.ConnectionString,
    };

    /// <summary>The floor: an app of one function.</summary>
    public async Task<FunctionApp> Hello() => FunctionApp.Read(await builds.Published("bench/Hello"));

    public Task<HostedApp> Start(FunctionApp published, CancellationToken ct) => HostedApp.Start(published, Settings, ct);

    /// <summary>Starts one of the servers that have no host in front of them.</summary>
    public async Task<Server> Start(string mode, CancellationToken ct, string? target = null)
    {
        var folder = await builds.Published("bench/Servers");
        return await Server.Start(mode, Command, ct);

        ChildCommand Command(int port) =>
            new(Path.Combine(folder, "Servers"), [mode, port.ToString(CultureInfo.InvariantCulture), .. target is null ? Array.Empty<string>() : [target]])
            {
                WorkingDirectory = folder,
                Environment = Settings,
            };
    }

    public Task Migrate(CancellationToken ct) => Programs.Run(app.Command("migrate") with { Environment = Settings }, ct);

    // There are no messages; listeners would ask for some all the same, and the first start of a worker would be measured together with theirs. The worker
    // loads the functions nevertheless.
    private static IEnumerable<KeyValuePair<string, string>> Unlistened(FunctionApp app) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(app.Folder, "functions.metadata")))!.AsArray()
            .Where(static function => function!["bindings"]!.AsArray().Any(static binding => (string?)binding!["type"] == "queueTrigger"))
            .Select(static function => KeyValuePair.Create($"AzureWebJobs.{(string?)function!["name"]}.Disabled", "true"));
}

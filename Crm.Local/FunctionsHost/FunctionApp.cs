using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Local.Processes;
using Crm.Local.Services;

namespace Crm.Local.FunctionsHost;

/// <summary>
/// A built function app as it lies on disk, as far as a host reads it before the worker runs: worker.config.json and host.json. Which functions there are the
/// worker tells.
/// </summary>
public sealed record FunctionApp(string Folder)
{
    private const string DotNet = "dotnet";
    private const string WorkerRoot = "{WorkerRoot}";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonDocumentOptions Comments = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The program that runs the worker: dotnet, or the app's own executable when it was published self-contained.</summary>
    public string Executable { get; init; } = DotNet;

    /// <summary>The app's assembly.</summary>
    public required string Worker { get; init; }

    public string RoutePrefix { get; init; } = "api";

    /// <summary>How long an invocation may take; <see cref="Timeout.InfiniteTimeSpan"/> when without limit.</summary>
    public TimeSpan FunctionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public QueueSettings QueueSettings { get; init; } = new();

    public static FunctionApp Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var worker = ReadFile(folder, "worker.config.json")["description"];
        var host = ReadFile(folder, "host.json");
        var assembly = (string?)worker?["defaultWorkerPath"]
            ?? throw new StackException($"{folder}/worker.config.json names no description.defaultWorkerPath.");
        return new FunctionApp(folder)
        {
            Executable = ((string?)worker?["defaultExecutablePath"] ?? DotNet)
                .Replace(WorkerRoot, folder + Path.DirectorySeparatorChar, StringComparison.Ordinal),
            Worker = Path.Combine(folder, assembly),
            RoutePrefix = (string?)host["extensions"]?["http"]?["routePrefix"] ?? "api",
            FunctionTimeout = ReadTimeout((string?)host["functionTimeout"]),
            QueueSettings = host["extensions"]?["queues"].Deserialize<QueueSettings>(Json) ?? new(),
        };
    }

    /// <summary>Runs the app's program with one of its own commands, not as a worker.</summary>
    public ChildCommand Command(params IReadOnlyList<string> arguments) =>
        new(Executable, Executable == DotNet ? [Worker, .. arguments] : arguments) { WorkingDirectory = Folder };

    private static JsonNode ReadFile(string folder, string name)
    {
        var file = Path.Combine(folder, name);
        return File.Exists(file)
            ? JsonNode.Parse(File.ReadAllText(file), documentOptions: Comments)!
            : throw new StackException(
                $"{file} is missing. Build the function app first (dotnet build Crm.Functions), or point --app at a folder with a built one.");
    }

    private static TimeSpan ReadTimeout(string? text) => text switch
    {
        null => TimeSpan.FromMinutes(30),
        "-1" => Timeout.InfiniteTimeSpan,
        _ => TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
    };
}

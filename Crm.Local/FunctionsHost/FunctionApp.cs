using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Local.Services;

namespace Crm.Local.FunctionsHost;

/// <summary>A custom-handler function app as it lies on disk: host.json, the executable, and a folder with a function.json for each function.</summary>
public sealed record FunctionApp(string Folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonDocumentOptions Comments = new() { CommentHandling = JsonCommentHandling.Skip };

    public required string Executable { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public string RoutePrefix { get; init; } = "api";
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(30);
    public QueueSettings QueueSettings { get; init; } = new();
    public IReadOnlyList<HttpFunction> Http { get; init; } = [];
    public IReadOnlyList<QueueFunction> Queues { get; init; } = [];
    public IReadOnlyList<TimerFunction> Timers { get; init; } = [];

    public static FunctionApp Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var hostFile = Path.Combine(folder, "host.json");
        if (!File.Exists(hostFile))
        {
            throw new StackException($"{hostFile} is missing. Build the function app first (dotnet build Crm.Functions), or point --app at a folder with a built one.");
        }

        var host = JsonNode.Parse(File.ReadAllText(hostFile), documentOptions: Comments)!;
        var handler = host["customHandler"]?["description"];
        var executable = (string?)handler?["defaultExecutablePath"]
            ?? throw new StackException($"{hostFile} names no customHandler.description.defaultExecutablePath.");
        var triggers = ReadTriggers(folder);
        return new FunctionApp(folder)
        {
            Executable = ExecutablePath(folder, executable),
            Arguments = handler?["arguments"].Deserialize<string[]>(Json) ?? [],
            RoutePrefix = (string?)host["extensions"]?["http"]?["routePrefix"] ?? "api",
            Timeout = host["functionTimeout"] is { } timeout ? timeout.Deserialize<TimeSpan>(Json) : TimeSpan.FromMinutes(30),
            QueueSettings = host["extensions"]?["queues"].Deserialize<QueueSettings>(Json) ?? new(),
            Http = [.. triggers.Where(Is("httpTrigger")).Select(ToHttp)],
            Queues = [.. triggers.Where(Is("queueTrigger")).Select(ToQueue)],
            Timers = [.. triggers.Where(Is("timerTrigger")).Select(ToTimer)],
        };
    }

    private static string ExecutablePath(string folder, string executable)
    {
        var path = Path.Combine(folder, executable);
        return OperatingSystem.IsWindows() && !Path.HasExtension(path) ? path + ".exe" : path;
    }

    /// <summary>Each function's trigger, in the order of the functions' names.</summary>
    private static List<Trigger> ReadTriggers(string folder)
    {
        var triggers = new List<Trigger>();
        foreach (var file in Directory.EnumerateDirectories(folder).Select(f => Path.Combine(f, "function.json")).Where(File.Exists))
        {
            var function = JsonNode.Parse(File.ReadAllText(file), documentOptions: Comments)!;
            var trigger = function["bindings"]?.AsArray().FirstOrDefault(b => ((string?)b?["type"])?.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase) == true);
            if (trigger is not null && (bool?)function["disabled"] != true)
            {
                triggers.Add(new(Path.GetFileName(Path.GetDirectoryName(file))!, trigger));
            }
        }

        return [.. triggers.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    private static Func<Trigger, bool> Is(string type) => trigger => string.Equals((string?)trigger.Binding["type"], type, StringComparison.OrdinalIgnoreCase);

    private static HttpFunction ToHttp(Trigger trigger) =>
        new(trigger.Name, (string?)trigger.Binding["route"] ?? trigger.Name, trigger.Binding["methods"].Deserialize<string[]>(Json) ?? []);

    private static QueueFunction ToQueue(Trigger trigger) => new(trigger.Name, trigger.Text("name"), trigger.Text("queueName"));

    private static TimerFunction ToTimer(Trigger trigger) =>
        new(trigger.Name, trigger.Text("name"), trigger.Text("schedule"), (bool?)trigger.Binding["runOnStartup"] ?? false, (bool?)trigger.Binding["useMonitor"] ?? true);

    private sealed record Trigger(string Name, JsonNode Binding)
    {
        public string Text(string property) =>
            (string?)Binding[property] ?? throw new StackException($"The trigger in {Name}/function.json has no \"{property}\".");
    }
}

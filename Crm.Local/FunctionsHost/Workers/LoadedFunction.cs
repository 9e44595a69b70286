using System.Text.Json.Nodes;
using Crm.Local.FunctionsHost.Rpc;
using static Crm.Local.FunctionsHost.Rpc.BindingInfo.Types;

namespace Crm.Local.FunctionsHost.Workers;

/// <summary>A function as its worker described it, and what became of loading it.</summary>
public sealed class LoadedFunction
{
    private readonly FunctionMetadata _metadata;

    private LoadedFunction(FunctionMetadata metadata, Function? function, bool isDisabled, string? failure)
    {
        _metadata = metadata;
        Function = function;
        IsDisabled = isDisabled;
        Failure = failure;
    }

    public string Name => _metadata.Name;

    /// <summary>What the worker knows it by; another one after a restart.</summary>
    public string Id => _metadata.FunctionId;

    /// <summary>Null when its trigger is none of those we know.</summary>
    public Function? Function { get; }

    public bool IsDisabled { get; }

    /// <summary>Why it cannot be called; null when it can.</summary>
    public string? Failure { get; internal set; }

    /// <param name="metadata">The worker's description.</param>
    /// <param name="settings">Have the values of <c>%NAMES%</c>, and say which functions are disabled.</param>
    public static LoadedFunction Read(FunctionMetadata metadata, AppSettings settings)
    {
        var isDisabled = settings.IsDisabled(metadata.Name);
        try
        {
            return new(metadata, Trigger(metadata, settings), isDisabled, failure: null);
        }
        catch (FormatException error)
        {
            return new(metadata, function: null, isDisabled, error.Message);
        }
    }

    /// <summary>
    /// The bindings are read from their JSON: the worker's own map of them may be empty, and without it an HTTP function is not known as one.
    /// </summary>
    internal FunctionLoadRequest LoadRequest()
    {
        var metadata = new FunctionMetadata
        {
            Name = Name,
            EntryPoint = _metadata.EntryPoint,
            ScriptFile = _metadata.ScriptFile,
            Language = _metadata.Language,
        };
        metadata.Properties.Add(_metadata.Properties);
        foreach (var binding in Bindings(_metadata))
        {
            metadata.Bindings[Text(binding, "name") ?? ""] = new()
            {
                Type = Text(binding, "type") ?? "",
                Direction = Enum.Parse<Direction>(Text(binding, "direction") ?? nameof(Direction.In), ignoreCase: true),
                DataType = Enum.Parse<DataType>(Text(binding, "dataType") ?? nameof(DataType.Undefined), ignoreCase: true),
            };
        }

        return new() { FunctionId = Id, Metadata = metadata };
    }

    private static Function? Trigger(FunctionMetadata metadata, AppSettings settings)
    {
        foreach (var binding in Bindings(metadata))
        {
            var name = Text(binding, "name") ?? "";
            switch (Text(binding, "type")?.ToUpperInvariant())
            {
                case "HTTPTRIGGER":
                    var methods = binding["methods"]?.AsArray().Select(static method => (string)method!) ?? [];
                    return new HttpFunction(metadata.Name, name, settings.Resolve(Text(binding, "route") ?? ""), [.. methods]);
                case "QUEUETRIGGER":
                    var whole = string.Equals((string?)binding["properties"]?["supportsDeferredBinding"], "true", StringComparison.OrdinalIgnoreCase);
                    return new QueueFunction(metadata.Name, name, settings.Resolve(Text(binding, "queueName") ?? ""), whole);
                case "TIMERTRIGGER":
                    return new TimerFunction(
                        metadata.Name, name, settings.Resolve(Text(binding, "schedule") ?? ""),
                        (bool?)binding["runOnStartup"] ?? false, (bool?)binding["useMonitor"] ?? true);
                case "WARMUPTRIGGER":
                    return new WarmupFunction(metadata.Name, name);
            }
        }

        return null;
    }

    private static IEnumerable<JsonNode> Bindings(FunctionMetadata metadata) => metadata.RawBindings.Select(static binding => JsonNode.Parse(binding)!);

    private static string? Text(JsonNode binding, string member) => (string?)binding[member];
}

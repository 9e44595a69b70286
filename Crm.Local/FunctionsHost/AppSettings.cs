using System.Text.RegularExpressions;

namespace Crm.Local.FunctionsHost;

/// <summary>The function app's settings as the host reads them: those of the settings file, else the environment's.</summary>
public sealed partial class AppSettings(IReadOnlyDictionary<string, string> values)
{
    public IReadOnlyDictionary<string, string> Values => values;

    public string? this[string name] => values.TryGetValue(name, out var value) ? value : Environment.GetEnvironmentVariable(name);

    public bool IsTrue(string name) => this[name] is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    public bool IsDisabled(string function) => IsTrue($"AzureWebJobs.{function}.Disabled") || IsTrue($"AzureWebJobs__{function}__Disabled");

    /// <summary>Puts the settings named <c>%SO%</c> into a trigger's text; fails when there is no such setting.</summary>
    public string Resolve(string text) =>
        Placeholder().Replace(text, match => this[match.Groups["name"].Value] ?? throw new FormatException($"{match.Value} names no setting."));

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}

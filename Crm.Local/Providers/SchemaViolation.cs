using System.Text.Json;
using Json.Schema;

namespace Crm.Local.Providers;

/// <summary>What is wrong with a body, and where: <c>personalizations.0.to</c>.</summary>
internal sealed record SchemaViolation(string Field, string Message)
{
    /// <summary>All that an evaluation with the output format List found.</summary>
    public static IReadOnlyList<SchemaViolation> Of(EvaluationResults result)
    {
        if (result.IsValid)
            return [];

        // Also an alternative of which another one holds is listed: they count when nothing else is wrong.
        var faults = result.Details!.Where(detail => detail.Errors is not null)
            .ToLookup(detail => detail.EvaluationPath.ToString().Contains("/anyOf/", StringComparison.Ordinal));
        return [.. (faults[false].Any() ? faults[false] : faults[true]).SelectMany(Violations)];
    }

    private static IEnumerable<SchemaViolation> Violations(EvaluationResults result)
    {
        var path = result.InstanceLocation.ToString().TrimStart('/').Replace('/', '.');
        foreach (var (keyword, message) in result.Errors!)
        {
            // Required properties ["from"] are not present
            if (keyword == "required")
            {
                foreach (var missing in JsonSerializer.Deserialize<string[]>(
                    message[message.IndexOf('[', StringComparison.Ordinal)..(message.LastIndexOf(']') + 1)])!)
                    yield return new(path.Length == 0 ? missing : $"{path}.{missing}", "is required");
            }
            else
            {
                yield return new(path, message);
            }
        }
    }
}

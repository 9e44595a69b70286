using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Crm.Local.Providers;

/// <summary>What is wrong with a body, and where: <c>personalizations.0.to</c>.</summary>
internal sealed record SchemaViolation(string Field, string Message);

/// <summary>Checks a body of <c>POST /v3/mail/send</c> against the vendor's own API description (github.com/twilio/sendgrid-oai).</summary>
internal static class SendGridSchema
{
    private static readonly Lazy<JsonSchema> Schema = new(Read);
    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    public static IReadOnlyList<SchemaViolation> Check(JsonNode? body)
    {
        var result = Schema.Value.Evaluate(JsonSerializer.SerializeToElement(body), Options);
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

    private static JsonSchema Read()
    {
        using var stream = typeof(SendGridSchema).Assembly.GetManifestResourceStream("Crm.Local.Providers.sendgrid-mail.json")!;
        var components = JsonNode.Parse(stream)!["components"]!;
        var root = components["requestBodies"]!["PostMailSend"]!["content"]!["application/json"]!["schema"]!;
        root["$defs"] = components["schemas"]!.DeepClone();
        var text = root.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        return JsonSchema.FromText(text, new() { Dialect = Dialect.Draft202012 });
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Crm.Local.Providers.Mail;

/// <summary>Checks a body of <c>POST /v3/mail/send</c> against the vendor's own API description (github.com/twilio/sendgrid-oai).</summary>
internal static class SendGridSchema
{
    private static readonly Lazy<JsonSchema> Schema = new(Read);

    // Listing what is wrong takes three times as long as finding that nothing is.
    private static readonly EvaluationOptions Verdict = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };
    private static readonly EvaluationOptions Findings = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    public static IReadOnlyList<SchemaViolation> Check(JsonElement body)
    {
        var sample = Sample(body);
        return Schema.Value.Evaluate(sample?.RootElement ?? body, Verdict).IsValid ? [] : SchemaViolation.Of(Schema.Value.Evaluate(body, Findings));
    }

    /// <summary>
    /// The body with one of each shape of its plain personalizations, of which the others are as valid as that one: a thousand take 45 ms, one takes none.
    /// Null when nothing can be left out.
    /// </summary>
    private static JsonDocument? Sample(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("personalizations", out var all) || all.ValueKind != JsonValueKind.Array)
            return null;

        var shapes = new HashSet<string>(StringComparer.Ordinal);
        var kept = all.EnumerateArray().Where(one => PlainPersonalization.Shape(one) is not { } shape || shapes.Add(shape)).ToArray();
        if (kept.Length == all.GetArrayLength() || all.GetArrayLength() > SendGridLimits.MostRecipients)
            return null;

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var member in body.EnumerateObject().Where(member => !member.NameEquals("personalizations")))
                member.WriteTo(writer);
            writer.WriteStartArray("personalizations");
            foreach (var one in kept)
                one.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return JsonDocument.Parse(buffer.WrittenMemory);
    }

    private static JsonSchema Read()
    {
        using var stream = typeof(SendGridSchema).Assembly.GetManifestResourceStream("Crm.Local.Providers.Mail.sendgrid-mail.json")!;
        var components = JsonNode.Parse(stream)!["components"]!;
        var root = components["requestBodies"]!["PostMailSend"]!["content"]!["application/json"]!["schema"]!;
        root["$defs"] = components["schemas"]!.DeepClone();
        var text = root.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        return JsonSchema.FromText(text, new() { Dialect = Dialect.Draft202012 });
    }
}

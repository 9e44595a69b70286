using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Crm.Local.Providers.Sms;

/// <summary>Checks the form of a new message against the vendor's own API description (github.com/twilio/twilio-oai), and by its documented limits.</summary>
internal static class TwilioSchema
{
    private const int LongestBody = 1600;
    private static readonly Lazy<JsonSchema> Schema = new(Read);
    private static readonly EvaluationOptions Findings = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    /// <summary>The vendor's answer to what is wrong first; null when all is well.</summary>
    public static TwilioError? Check(IReadOnlyDictionary<string, string> form)
    {
        var violations = SchemaViolation.Of(Schema.Value.Evaluate(JsonSerializer.SerializeToElement(form), Findings));
        return violations.Select(Error).OfType<TwilioError>().OrderBy(error => error.Code).FirstOrDefault()
            ?? (form.GetValueOrDefault("Body", "").Length > LongestBody
                ? new(StatusCodes.Status400BadRequest, 21617, "The concatenated message body exceeds the 1600 character limit.")
                : null);

        TwilioError? Error(SchemaViolation violation) => violation.Field switch
        {
            "To" when !form.ContainsKey("To") => Bad(21604, "A 'To' phone number is required."),

            // One of two, and one of three: each alternative that is not met says what it misses.
            "From" when !form.ContainsKey("From") && form.ContainsKey("MessagingServiceSid") => null,
            "MessagingServiceSid" when !form.ContainsKey("MessagingServiceSid") && form.ContainsKey("From") => null,
            "To" => Bad(21211, $"Invalid 'To' Phone Number: {form["To"]}"),
            "From" or "MessagingServiceSid" when !form.ContainsKey(violation.Field) => Bad(21603, "A 'From' phone number is required."),
            "From" => Bad(21212, $"Invalid From Number (caller ID): {form["From"]}"),
            "Body" or "MediaUrl" or "ContentSid" when !form.ContainsKey(violation.Field) => Bad(21619, "A text message body or media urls must be specified."),
            "StatusCallback" => Bad(21609, $"The 'StatusCallback' URL {form["StatusCallback"]} is not a valid URL."),
            var field => Bad(20001, $"Parameter {field}: {violation.Message}"),
        };
    }

    private static TwilioError Bad(int code, string message) => new(StatusCodes.Status400BadRequest, code, message);

    private static JsonSchema Read()
    {
        using var stream = typeof(TwilioSchema).Assembly.GetManifestResourceStream("Crm.Local.Providers.Sms.twilio-messages.json")!;
        var create = JsonNode.Parse(stream)!["paths"]!["/2010-04-01/Accounts/{AccountSid}/Messages.json"]!["post"]!;
        var schema = create["requestBody"]!["content"]!["application/x-www-form-urlencoded"]!["schema"]!;
        return JsonSchema.FromText(schema.ToJsonString(), new() { Dialect = Dialect.Draft202012 });
    }
}

/// <summary>An error as the vendor answers it.</summary>
internal sealed record TwilioError(int Status, int Code, string Message)
{
    public object Body => new { code = Code, message = Message, more_info = $"https://www.twilio.com/docs/errors/{Code}", status = Status };
}

using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Local.Providers.Stripe;

/// <summary>Checks the form of a request against the vendor's own API description (github.com/stripe/openapi): its keys, and what each may hold.</summary>
internal static class StripeForm
{
    private const string File = "Crm.Local.Providers.Stripe.stripe-forms.json";
    private static readonly Lazy<Dictionary<string, Operation>> Operations = new(Read);

    private sealed record Operation(string[] Required, (Regex Key, JsonElement Rule)[] Fields);

    /// <summary>The vendor's answer to what is wrong first; null when all is well.</summary>
    public static StripeError? Check(string path, IReadOnlyDictionary<string, string> form)
    {
        var operation = Operations.Value[path];
        if (operation.Required.FirstOrDefault(name => !form.ContainsKey(name)) is { } missing)
            return new(StatusCodes.Status400BadRequest, "invalid_request_error", $"Missing required param: {missing}.")
            {
                Code = "parameter_missing",
                Param = missing,
            };
        foreach (var (name, value) in form)
        {
            var rules = operation.Fields.Where(field => field.Key.IsMatch(name)).Select(field => field.Rule).ToArray();
            if (rules.Length == 0)
                return new(StatusCodes.Status400BadRequest, "invalid_request_error", $"Received unknown parameter: {name}")
                {
                    Code = "parameter_unknown",
                    Param = name,
                };
            if (!rules.Any(rule => Holds(rule, value)))
                return new(StatusCodes.Status400BadRequest, "invalid_request_error", $"Invalid {name}: {value}") { Param = name };
        }

        return null;
    }

    private static bool Holds(JsonElement rule, string value) =>
        rule.TryGetProperty("anyOf", out var any) ? any.EnumerateArray().Any(one => Holds(one, value))
        : (!rule.TryGetProperty("enum", out var known) || known.EnumerateArray().Any(one => one.ValueEquals(value)))
            && (!rule.TryGetProperty("pattern", out var pattern) || Pattern(pattern.GetString()!).IsMatch(value))
            && (!rule.TryGetProperty("maxLength", out var longest) || value.Length <= longest.GetInt32());

    private static Regex Pattern(string pattern) => new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static Dictionary<string, Operation> Read()
    {
        using var stream = typeof(StripeForm).Assembly.GetManifestResourceStream(File)!;
        return JsonDocument.Parse(stream).RootElement.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.Object).ToDictionary(
            one => one.Name,
            one => new Operation(
                [.. one.Value.GetProperty("required").EnumerateArray().Select(name => name.GetString()!)],
                [.. one.Value.GetProperty("fields").EnumerateObject().Select(field => (Pattern(field.Name), field.Value))]),
            StringComparer.Ordinal);
    }
}

/// <summary>An error as the vendor answers it.</summary>
internal sealed record StripeError(int Status, string Type, string Message)
{
    public string? Code { get; init; }
    public string? DeclineCode { get; init; }
    public string? Param { get; init; }

    public object Body => new { error = new { type = Type, code = Code, decline_code = DeclineCode, message = Message, param = Param } };

    public static StripeError Missing(string what, string id) =>
        new(StatusCodes.Status404NotFound, "invalid_request_error", $"No such {what}: '{id}'") { Code = "resource_missing", Param = "intent" };

    public static StripeError State(string message) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", message) { Code = "payment_intent_unexpected_state" };
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Shared.Integrations.SendGrid;

/// <summary>What SendGrid says of a call it refuses: <c>{"errors":[{"message","field","help"}]}</c>.</summary>
internal static partial class SendGridErrors
{
    /// <summary>The recipient that an error is about (<c>personalizations.17.to.0.email</c>); null when none names one.</summary>
    public static int? Recipient(string body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty("errors", out var errors)
                || errors.ValueKind != JsonValueKind.Array)
                return null;
            foreach (var error in errors.EnumerateArray())
            {
                if (error.ValueKind == JsonValueKind.Object && error.TryGetProperty("field", out var field) && field.ValueKind == JsonValueKind.String
                    && Personalization().Match(field.GetString()!) is { Success: true } named
                    && int.TryParse(named.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    return number;
            }
        }
        catch (JsonException)
        {
            // A proxy's page.
        }

        return null;
    }

    [GeneratedRegex(@"^personalizations\.(?<number>\d+)\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Personalization();
}

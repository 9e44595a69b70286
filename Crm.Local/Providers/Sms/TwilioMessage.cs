using System.Globalization;

namespace Crm.Local.Providers.Sms;

/// <summary>A message as the vendor's API answers it.</summary>
internal static class TwilioMessage
{
    private const string ApiVersion = "2010-04-01";

    public static Dictionary<string, object?> Resource(SentMessage message, string accountSid)
    {
        var at = message.At.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        var path = $"/{ApiVersion}/Accounts/{accountSid}/Messages/{message.Id}";
        var service = message.Headers.GetValueOrDefault("MessagingServiceSid");
        var error = SmsFate.ErrorOf(message);
        return new(StringComparer.Ordinal)
        {
            ["account_sid"] = accountSid,
            ["api_version"] = ApiVersion,
            ["body"] = message.Text,
            ["date_created"] = at,
            ["date_sent"] = message.Status is "queued" or "accepted" ? null : at,
            ["date_updated"] = at,
            ["direction"] = "outbound-api",
            ["error_code"] = error?.Code,
            ["error_message"] = error?.Message,
            ["from"] = message.From == service ? null : message.From,
            ["messaging_service_sid"] = service,
            ["num_media"] = message.Headers.ContainsKey("MediaUrl") ? "1" : "0",
            // A service chooses the sender later, and counts then.
            ["num_segments"] = service is null ? SmsSegments.Count(message.Text).ToString(CultureInfo.InvariantCulture) : "0",
            ["price"] = null,
            ["price_unit"] = "USD",
            ["sid"] = message.Id,
            // What an earlier run accepted has long arrived.
            ["status"] = message.Status.Length == 0 ? "delivered" : message.Status,
            ["subresource_uris"] = new Dictionary<string, string> { ["media"] = $"{path}/Media.json" },
            ["to"] = message.To,
            ["uri"] = $"{path}.json",
        };
    }
}

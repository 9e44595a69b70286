using System.Text.Json;
using Crm.Functions.Sending;

namespace Crm.Functions.Webhooks;

/// <summary>A status of Twilio's, read. Its callbacks carry no time: it is when they came.</summary>
internal static class SmsStatus
{
    /// <summary>The recipient wrote STOP to the number.</summary>
    private const string OptedOut = "21610";

    /// <summary>No such handset; a landline.</summary>
    private static readonly string[] NoMobile = ["30005", "30006"];

    public static Verdict Read(StoredEvent stored)
    {
        using var json = JsonDocument.Parse(stored.Body);
        var told = json.RootElement;
        if (!Guid.TryParse(told.Text("deliveryId"), out var delivery))
            return Verdict.Park("It does not say which message it is about.");
        var status = told.Text("MessageStatus") ?? told.Text("SmsStatus");
        var code = told.Text("ErrorCode");
        DeliveryEventKind? kind = status switch
        {
            "accepted" or "scheduled" or "queued" or "sending" or "sent" => DeliveryEventKind.Accepted,
            "delivered" or "read" or "partially_delivered" => DeliveryEventKind.Delivered,
            "undelivered" => NoMobile.Contains(code, StringComparer.Ordinal) ? DeliveryEventKind.Bounced : DeliveryEventKind.Blocked,
            "failed" or "canceled" => DeliveryEventKind.Dropped,
            _ => null,
        };
        return kind is null
            ? Verdict.Park($"Unknown status {status}.")
            : Verdict.Of(new(
                delivery, kind.Value, stored.ReceivedAt, code is null ? kind == DeliveryEventKind.Dropped ? status : null : $"Twilio error {code}",
                told.Text("MessageSid"), code == OptedOut ? "stopped" : null));
    }
}

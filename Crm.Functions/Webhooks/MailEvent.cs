using System.Text.Json;
using Crm.Functions.Sending;

namespace Crm.Functions.Webhooks;

/// <summary>An event of SendGrid's, read: of a delivery, of a transactional mail, or why it cannot be used.</summary>
internal static class MailEvent
{
    /// <summary>Of an event's id, in characters: SendGrid's are a hundred at most.</summary>
    public const int LongestId = 200;
    private const int LongestReason = 500;

    /// <summary>What is told that nobody here waits for.</summary>
    private static readonly string[] Ignored = ["group_resubscribe", "account_status_change"];

    public static Verdict Read(StoredEvent stored)
    {
        using var json = JsonDocument.Parse(stored.Body);
        var told = json.RootElement;
        var name = told.Text("event");
        var reason = Reason(told);
        if (Ignored.Contains(name, StringComparer.Ordinal))
            return Verdict.Done;
        if (Kind(told, name) is not { } kind)
            return Verdict.Park($"Unknown event {name}.");
        if (Guid.TryParse(told.Text("email_id"), out var email))
            return kind is DeliveryEventKind.Bounced or DeliveryEventKind.Blocked or DeliveryEventKind.Dropped
                ? new() { EmailId = email, Error = $"{name}: {reason}" }
                : Verdict.Done;
        if (!Guid.TryParse(told.Text(MailArguments.DeliveryId), out var delivery))
            return Verdict.Park("It does not say which message it is about.");
        // What the message is called where the call was answered: the rest says who handled it.
        var id = told.Text("sg_message_id")?.Split('.')[0];
        var suppresses = kind == DeliveryEventKind.Dropped ? SuppressedFor(told.Text("reason")) : null;
        var call = Guid.TryParse(told.Text(MailArguments.CallId), out var named) ? named : (Guid?)null;
        return Verdict.Of(new(delivery, kind, At(told, stored.ReceivedAt), reason, id, suppresses) { CallId = call });
    }

    private static DeliveryEventKind? Kind(JsonElement told, string? name) => name switch
    {
        "processed" => DeliveryEventKind.Accepted,
        "deferred" => DeliveryEventKind.Deferred,
        "delivered" => DeliveryEventKind.Delivered,
        "bounce" => told.Text("type") == "blocked" ? DeliveryEventKind.Blocked : DeliveryEventKind.Bounced,
        "blocked" => DeliveryEventKind.Blocked,
        "dropped" => DeliveryEventKind.Dropped,
        "open" => told.TryGetProperty("sg_machine_open", out var machine) && machine.ValueKind == JsonValueKind.True
            ? DeliveryEventKind.Opened
            : DeliveryEventKind.HumanOpened,
        "click" => DeliveryEventKind.HumanClicked,
        "spamreport" => DeliveryEventKind.Complained,
        "unsubscribe" or "group_unsubscribe" => DeliveryEventKind.Unsubscribed,
        _ => null,
    };

    // The vendor keeps lists of its own, and drops what goes to an address on one: we need not send there either.
    private static string? SuppressedFor(string? reason) => reason switch
    {
        null => null,
        _ when Has(reason, "unsubscribed") => "unsubscribed",
        _ when Has(reason, "spam report") => "complained",
        _ when Has(reason, "bounced") || Has(reason, "invalid") && !Has(reason, "smtpapi") => "bounced",
        _ => null,
    };

    private static bool Has(string reason, string word) => reason.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static string? Reason(JsonElement told) =>
        (told.Text("reason") ?? told.Text("response")) is { Length: > 0 } reason
            ? Cut(string.Join(": ", new[] { told.Text("status"), reason }.OfType<string>()))
            : null;

    private static DateTimeOffset At(JsonElement told, DateTimeOffset received) =>
        told.TryGetProperty("timestamp", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt64(out var seconds)
            && seconds > 0 && seconds <= received.AddDays(1).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : received;

    private static string Cut(string text) => text.Length > LongestReason ? text[..LongestReason] : text;
}

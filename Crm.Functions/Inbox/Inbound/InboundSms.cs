using System.Globalization;
using System.Text.Json;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>A text message as Twilio posts it: an object of the form's fields.</summary>
internal static class InboundSms
{
    private const int MostFiles = 10;

    public static InboundMessage? Read(JsonElement json)
    {
        var (from, to) = (InboundMessage.Field(json, "From"), InboundMessage.Field(json, "To"));
        if (from is null || to is null)
            return null;
        var count = int.TryParse(InboundMessage.Field(json, "NumMedia"), NumberStyles.None, CultureInfo.InvariantCulture, out var media) ? media : 0;
        var files = Enumerable.Range(0, Math.Min(count, MostFiles)).Select(number => new InboundFile(
            string.Create(CultureInfo.InvariantCulture, $"media-{number}"),
            InboundMessage.Field(json, string.Create(CultureInfo.InvariantCulture, $"MediaContentType{number}")) ?? "application/octet-stream", 0));
        return new("sms", from, null, [to]) { Text = InboundMessage.Field(json, "Body") ?? "", Files = [.. files] };
    }
}

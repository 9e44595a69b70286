using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Shared.Liquid;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>A mail as SendGrid's inbound parse posts it: an object of the form's fields.</summary>
internal static partial class InboundMail
{
    /// <summary>In characters: what is longer no inbox shows.</summary>
    private const int LongestText = 200_000;
    private const int LongestHtml = 2_000_000;
    private const int LongestSubject = 500;
    private const int MostReferences = 50;
    private const int MostFiles = 100;

    public static InboundMessage? Read(JsonElement json)
    {
        var (from, name) = Address(InboundMessage.Field(json, "from") ?? "");
        var headers = MailHeaders.Read(InboundMessage.Field(json, "headers") ?? "");
        var (envelopeFrom, envelopeTo) = Envelope(json);
        // The envelope says whom this copy is for; of the others whom the mail names each has a copy of their own.
        string[] to = envelopeTo.Length > 0
            ? envelopeTo
            : [.. Addresses(InboundMessage.Field(json, "to")), .. Addresses(InboundMessage.Field(json, "cc"))];
        if (from is null || to.Length == 0)
            return null;
        var html = Clean(InboundMessage.Field(json, "html"));
        var text = InboundMessage.Field(json, "text") ?? (html is null ? "" : MailText.OfForeign(html));
        return new("email", from, name, to)
        {
            Subject = OneLine(InboundMessage.Field(json, "subject")),
            Text = Cut(text.ReplaceLineEndings("\n"), LongestText),
            Html = html,
            RfcMessageId = Ids(headers["Message-ID"]).FirstOrDefault(),
            InReplyTo = Ids(headers["In-Reply-To"]).FirstOrDefault(),
            References = [.. Ids(headers["References"]).TakeLast(MostReferences)],
            Files = Files(json),
            IsAutomatic = headers.IsAutomatic || envelopeFrom is "" or "<>" || MailHeaders.IsMailer(from) || MailHeaders.IsMailer(envelopeFrom ?? ""),
        };
    }

    // Too wild to be cleaned: its text stays.
    private static string? Clean(string? html) => html is null or { Length: > LongestHtml } ? null : Fields.Text(MailHtml.CleanForeign(html));

    // The envelope is an object, or the text of one.
    private static (string? From, string[] To) Envelope(JsonElement json)
    {
        if (!json.TryGetProperty("envelope", out var envelope))
            return (null, []);
        if (envelope.ValueKind == JsonValueKind.String)
        {
            using var inner = JsonDocument.Parse(envelope.GetString()!);
            return Parts(inner.RootElement);
        }

        return Parts(envelope);

        static (string?, string[]) Parts(JsonElement envelope) => envelope.ValueKind != JsonValueKind.Object
            ? (null, [])
            : (envelope.TryGetProperty("from", out var from) && from.ValueKind == JsonValueKind.String ? from.GetString()!.Trim().ToLowerInvariant() : null,
               envelope.TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.Array
                   ? [.. to.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).SelectMany(item => Addresses(item.GetString()))]
                   : []);
    }

    private static (string? Address, string? Name) Address(string text) =>
        MailAddress.TryCreate(text, out var address)
            ? (address.Address.ToLowerInvariant(), Fields.Text(Cut(address.DisplayName, 200)))
            : (Addresses(text).FirstOrDefault(), null);

    private static string[] Addresses(string? text) =>
        [.. FindAddresses().Matches(text ?? "").Select(match => match.Value.ToLowerInvariant()).Where(EmailAttribute.IsAddress)];

    private static string[] Ids(string? header) =>
        [.. FindIds().Matches(header ?? "").Select(match => match.Groups["id"].Value)];

    private static InboundFile[] Files(JsonElement json) =>
        json.TryGetProperty("attachments", out var files) && files.ValueKind == JsonValueKind.Array
            ? [.. files.EnumerateArray().Where(file => file.ValueKind == JsonValueKind.Object).Take(MostFiles).Select(file => new InboundFile(
                Cut(InboundMessage.Field(file, "fileName") ?? "attachment", 255),
                Cut(InboundMessage.Field(file, "contentType") ?? "application/octet-stream", 255),
                file.TryGetProperty("size", out var size) && size.TryGetInt64(out var bytes) ? bytes : 0,
                file.TryGetProperty("fileId", out var id) && id.ValueKind == JsonValueKind.String && id.TryGetGuid(out var kept) ? kept : null))]
            : [];

    private static string? OneLine(string? text) =>
        text is null ? null : Fields.Text(Cut(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), LongestSubject));

    private static string Cut(string text, int longest) =>
        text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    [GeneratedRegex(@"[^\s<>,;:""()]+@[^\s<>,;:""()]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FindAddresses();

    [GeneratedRegex(@"<\s*(?<id>[^<>\s]{1,500})\s*>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FindIds();
}

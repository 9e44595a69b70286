using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MimeKit;

namespace Crm.Functions.Webhooks;

/// <summary>A mail that somebody wrote to us, whichever way it was handed over.</summary>
internal sealed record InboundMail(
    string From, string To, string Subject, string Text, string? Html, string Headers, MailEnvelope Envelope, IReadOnlyList<MailAttachment> Attachments)
{
    /// <summary>Of a text, in characters: what is longer is cut.</summary>
    private const int LongestBody = 1_000_000;
    private const int LongestLine = 2_000;
    private const int LongestHeaders = 100_000;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="FormatException">What came as it was is no mail.</exception>
    public static InboundMail Of(MailForm form) =>
        form.RawMail is { } raw ? OfRaw(raw, EnvelopeOf(form)) : new(
            Cut(form.Text("from"), LongestLine),
            Cut(form.Text("to"), LongestLine),
            Cut(form.Text("subject"), LongestLine),
            Cut(form.Text("text"), LongestBody),
            form.Text("html") is { Length: > 0 } html ? Cut(html, LongestBody) : null,
            Cut(form.Text("headers"), LongestHeaders),
            EnvelopeOf(form),
            Attached(form));

    /// <summary>As it is kept.</summary>
    public string Json() => JsonSerializer.Serialize(this, Options);

    private static InboundMail OfRaw(byte[] raw, MailEnvelope envelope)
    {
        using var content = new MemoryStream(raw);
        using var mail = MimeMessage.Load(content);
        return new(
            Cut(mail.From.ToString(), LongestLine),
            Cut(mail.To.ToString(), LongestLine),
            Cut(mail.Subject, LongestLine),
            Cut(mail.TextBody, LongestBody),
            mail.HtmlBody is { Length: > 0 } html ? Cut(html, LongestBody) : null,
            Cut(string.Concat(mail.Headers.Select(header => $"{header.Field}: {header.Value}\n")), LongestHeaders),
            envelope,
            [.. mail.Attachments.Select(OfPart)]);
    }

    private static MailEnvelope EnvelopeOf(MailForm form)
    {
        var json = form.Json("envelope");
        var to = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("to", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(address => address.ValueKind == JsonValueKind.String).Select(address => address.GetString()!).ToArray()
            : [];
        return new(json.Text("from"), to);
    }

    // What a file is called and what it is stands in a field of its own, in letters that a form's own headers do not have.
    private static MailAttachment[] Attached(MailForm form)
    {
        var about = form.Json("attachment-info");
        return [.. form.Files.Select(file => about.ValueKind == JsonValueKind.Object && about.TryGetProperty(file.Field, out var one)
            ? new MailAttachment(Cut(one.Text("filename") ?? one.Text("name") ?? file.Name, LongestLine), one.Text("type") ?? file.Type, file.Size)
            {
                Content = file.Content,
            }
            : new MailAttachment(Cut(file.Name, LongestLine), file.Type, file.Size) { Content = file.Content })];
    }

    private static MailAttachment OfPart(MimeEntity part)
    {
        using var decoded = new MemoryStream();
        if (part is MimePart { Content: { } content })
            content.DecodeTo(decoded);
        else
            part.WriteTo(decoded);
        return new(Cut(part.ContentDisposition?.FileName ?? part.ContentType.Name ?? "attachment", LongestLine), part.ContentType.MimeType, decoded.Length)
        {
            Content = decoded.Length <= MailForm.LongestFiles ? decoded.ToArray() : null,
        };
    }

    private static string Cut(string? text, int longest) =>
        (text is null ? "" : text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)])
            .Replace("\0", "", StringComparison.Ordinal);
}

/// <summary>Whom the mail was handed over from and to, whatever it says itself.</summary>
internal sealed record MailEnvelope(string? From, string[] To);

/// <summary>What is attached to a mail.</summary>
internal sealed record MailAttachment(string FileName, string ContentType, long Size)
{
    /// <summary>What it holds; null when it is too much to keep.</summary>
    [JsonIgnore]
    public byte[]? Content { get; init; }

    /// <summary>The stored file; null when it is not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? FileId { get; init; }
}

using System.Text.Json;

namespace Crm.Functions.Inbox.Inbound;

/// <summary>What came in, however the vendor wrote it.</summary>
/// <param name="Type">email or sms.</param>
/// <param name="From">The sender's address in lower case, or number.</param>
/// <param name="Name">The sender's name, where they give one.</param>
/// <param name="To">The addresses or number it was sent to.</param>
internal sealed record InboundMessage(string Type, string From, string? Name, IReadOnlyList<string> To)
{
    public string? Subject { get; init; }
    public string Text { get; init; } = "";
    public string? Html { get; init; }

    /// <summary>The Message-ID, without its brackets.</summary>
    public string? RfcMessageId { get; init; }
    public string? InReplyTo { get; init; }

    /// <summary>From the oldest.</summary>
    public string[] References { get; init; } = [];
    public IReadOnlyList<InboundFile> Files { get; init; } = [];

    /// <summary>Whether a machine wrote it.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>What a vendor's event says; null when it is no message that can be read.</summary>
    public static InboundMessage? Read(string provider, string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind != JsonValueKind.Object ? null
                : provider == "twilio-sms" ? InboundSms.Read(json.RootElement)
                : InboundMail.Read(json.RootElement);
        }
        // Half a surrogate pair is no text.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A field's text, as the database can keep it; null when it is absent or blank.</summary>
    internal static string? Field(JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? Fields.Text(value.GetString()!.Replace("\0", "", StringComparison.Ordinal))
            : null;
}

/// <summary>What came with a message.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="ContentType">What its sender says it is.</param>
/// <param name="Size">In bytes.</param>
/// <param name="FileId">The stored file; null when it is not kept.</param>
internal sealed record InboundFile(string Name, string ContentType, long Size, Guid? FileId = null);

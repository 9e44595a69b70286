using System.Text.Json.Serialization;

namespace Crm.Local.Providers;

/// <summary>
/// A message that a vendor accepted from us. <see cref="Kind"/> is <c>email</c> or <c>sms</c>. <see cref="CustomArgs"/> come back in the vendor's events;
/// <see cref="MessageId"/> is what the vendor answered and may cover several messages.
/// </summary>
public sealed record SentMessage(string Id, string Kind, string To, string From)
{
    private readonly string? _text;
    private readonly string? _html;

    public string Subject { get; init; } = "";

    public string Text
    {
        get => _text ?? Content?.Text(Values) ?? "";
        init => _text = value;
    }

    public string Html
    {
        get => _html ?? Content?.Html(Values) ?? "";
        init => _html = value;
    }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    public DateTimeOffset At { get; init; }
    public string MessageId { get; init; } = "";
    public IReadOnlyDictionary<string, string> CustomArgs { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<SentAttachment> Attachments { get; init; } = [];

    /// <summary>The furthest that the vendor said of it: accepted, delivered, open and so on. Not kept in the file.</summary>
    public string Status { get; internal set; } = "accepted";

    /// <summary>What a thousand messages of one call share, so that each costs only what it has of its own; none: it has its own texts.</summary>
    [JsonIgnore]
    internal MailContent? Content { get; init; }

    /// <summary>What its tags stand for in the shared texts.</summary>
    [JsonIgnore]
    internal IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Its Message-ID: the app's, or else one that the vendor gave it.</summary>
    internal string RfcId => Headers.GetValueOrDefault("Message-ID", $"<{MessageId}@geopod-ismtpd-local>");

    /// <summary>The ids by which the app knows it, as it gave them to the vendor.</summary>
    internal string? DeliveryId => CustomArgs.GetValueOrDefault("delivery_id");

    internal string? OrganizationId => CustomArgs.GetValueOrDefault("organization_id");
}

/// <summary>A file that went with a message; all messages of a call have the same ones. <see cref="Mailbox.Content"/> has what is in it.</summary>
public sealed record SentAttachment(string Id, string FileName, string Type, long Size)
{
    /// <summary>Until the mailbox has it.</summary>
    [JsonIgnore]
    internal byte[]? Content { get; init; }
}

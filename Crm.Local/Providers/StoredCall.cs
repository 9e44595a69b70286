namespace Crm.Local.Providers;

/// <summary>A call's messages as the mailbox keeps them: what they share, and what each has of its own.</summary>
internal sealed record StoredCall(string? Text, string? Html, StoredMessage[]? Messages)
{
    public static StoredCall Of(IReadOnlyList<SentMessage> messages, int from, int to)
    {
        var content = messages[from].Content;
        var stored = Enumerable.Range(from, to - from).Select(i => StoredMessage.Of(messages[i], content is null));
        return new(content?.RawText, content?.RawHtml, [.. stored]);
    }

    public IEnumerable<SentMessage> Read()
    {
        var content = Text is null ? null : new MailContent(Text, Html ?? "");
        return (Messages ?? []).Select(message => message.Read(content));
    }
}

internal sealed record StoredMessage(string Id, string Kind, string To, string From, string Subject, DateTimeOffset At, string MessageId)
{
    public Dictionary<string, string> Headers { get; init; } = [];
    public Dictionary<string, string> CustomArgs { get; init; } = [];
    public Dictionary<string, string> Values { get; init; } = [];
    public string? Text { get; init; }
    public string? Html { get; init; }
    public SentAttachment[] Attachments { get; init; } = [];

    public static StoredMessage Of(SentMessage message, bool hasOwnTexts) =>
        new(message.Id, message.Kind, message.To, message.From, message.Subject, message.At, message.MessageId)
        {
            Headers = new(message.Headers),
            CustomArgs = new(message.CustomArgs),
            Values = new(message.Values),
            Text = hasOwnTexts ? message.Text : null,
            Html = hasOwnTexts ? message.Html : null,
            Attachments = [.. message.Attachments],
        };

    public SentMessage Read(MailContent? content)
    {
        var message = new SentMessage(Id, Kind, To, From)
        {
            Subject = Subject,
            At = At,
            MessageId = MessageId,
            Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase),
            CustomArgs = CustomArgs,
            Values = Values,
            Attachments = Attachments,
            Content = content,
            Status = "",
        };
        return content is null ? message with { Text = Text ?? "", Html = Html ?? "" } : message;
    }
}

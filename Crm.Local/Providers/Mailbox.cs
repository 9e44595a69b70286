namespace Crm.Local.Providers;

/// <summary>
/// A message that a vendor accepted from us. <see cref="Kind"/> is <c>email</c> or <c>sms</c>. <see cref="CustomArgs"/> come back in the vendor's events;
/// <see cref="MessageId"/> is what the vendor answered and may cover several messages.
/// </summary>
public sealed record SentMessage(string Id, string Kind, string To, string From)
{
    public string Subject { get; init; } = "";
    public string Text { get; init; } = "";
    public string Html { get; init; } = "";
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    public DateTimeOffset At { get; init; }
    public string MessageId { get; init; } = "";
    public IReadOnlyDictionary<string, string> CustomArgs { get; init; } = new Dictionary<string, string>();
}

/// <summary>Everything that was sent since the stack started, newest first.</summary>
public sealed class Mailbox
{
    private readonly Lock _lock = new();
    private readonly List<SentMessage> _messages = [];

    /// <summary>All messages, or those to one address (case does not matter) or of one kind.</summary>
    public IReadOnlyList<SentMessage> Messages(string? to = null, string? kind = null)
    {
        lock (_lock)
        {
            return
            [
                .. _messages.AsEnumerable().Reverse().Where(m =>
                    (string.IsNullOrEmpty(to) || m.To.Equals(to, StringComparison.OrdinalIgnoreCase)) && (string.IsNullOrEmpty(kind) || m.Kind == kind)),
            ];
        }
    }

    /// <summary>One accepted call's messages, all or none.</summary>
    public void Add(IEnumerable<SentMessage> messages)
    {
        lock (_lock)
        {
            _messages.AddRange(messages);
        }
    }
}

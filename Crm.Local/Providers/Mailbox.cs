namespace Crm.Local.Providers;

/// <summary>
/// What was sent, newest first: the last five thousand messages. With a file it outlives the stack, as the data does that the messages speak of.
/// </summary>
public sealed class Mailbox : IDisposable
{
    public const int Kept = 5_000;

    private readonly Lock _lock = new();
    private readonly List<SentMessage> _messages;
    private readonly Dictionary<string, SentMessage> _byId = new(StringComparer.Ordinal);
    private readonly MailboxFile? _file;
    private readonly MailboxAttachments _attachments;

    /// <param name="file">One call's messages a line, appended to, and beside it a folder of what went with them; null keeps all in memory.</param>
    public Mailbox(string? file = null)
    {
        _messages = file is null ? [] : [.. MailboxFile.Read(file).TakeLast(Kept)];
        _file = file is null ? null : new(file, _messages);
        _attachments = new(file is null ? null : Path.ChangeExtension(file, ".files"), _messages);
        foreach (var message in _messages)
            _byId[message.Id] = message;
    }

    /// <summary>Counts up with each change.</summary>
    public long Version { get; private set; }

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

    /// <summary>One message by its id, or by the vendor's when that names no other.</summary>
    public SentMessage? Find(string id)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(id, out var message))
                return message;
            var named = _messages.FindAll(m => m.MessageId == id);
            return named.Count == 1 ? named[0] : null;
        }
    }

    /// <summary>What is in a file that went with a message; null when no message has it any more.</summary>
    public byte[]? Content(SentAttachment attachment)
    {
        lock (_lock)
            return _attachments.Find(attachment.Id);
    }

    /// <summary>The latest message to an address.</summary>
    public SentMessage? Latest(string to)
    {
        lock (_lock)
            return _messages.FindLast(m => m.To.Equals(to, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The message that an answer means by its id here or by the value of its Message-ID header.</summary>
    public SentMessage? Answered(string id)
    {
        var bare = Bare(id);
        lock (_lock)
            return _byId.GetValueOrDefault(id) ?? _messages.FindLast(m => Bare(m.RfcId) == bare);

        static string Bare(string id) => id.Trim().TrimStart('<').TrimEnd('>');
    }

    /// <summary>One accepted call's messages, all or none. They are with the system when this returns.</summary>
    public void Add(IReadOnlyList<SentMessage> messages)
    {
        lock (_lock)
        {
            messages = _attachments.Keep(messages);
            _messages.AddRange(messages);
            foreach (var message in messages)
                _byId[message.Id] = message;
            var oldest = Math.Max(0, _messages.Count - Kept);
            var forgotten = _messages[..oldest];
            foreach (var message in forgotten)
                _byId.Remove(message.Id);
            _messages.RemoveRange(0, oldest);
            _attachments.Forget(forgotten, _messages);
            _file?.Append(messages, _messages);
            Version++;
        }
    }

    /// <summary>Notes what became of messages.</summary>
    public void Note(IEnumerable<string> ids, string status)
    {
        lock (_lock)
        {
            foreach (var id in ids)
            {
                if (_byId.TryGetValue(id, out var message))
                    message.Status = MessageStatus.Further(message.Status, status);
            }

            Version++;
        }
    }

    public void Dispose() => _file?.Dispose();
}

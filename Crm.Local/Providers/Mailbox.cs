using System.Text.Json;

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

/// <summary>
/// What was sent, newest first: the last five thousand messages or so. With a file it outlives the stack, as the data does that the messages speak of.
/// </summary>
public sealed class Mailbox : IDisposable
{
    public const int Kept = 5_000;

    // The file is written anew once for so many messages, not for each.
    private const int Slack = 500;
    private readonly Lock _lock = new();
    private readonly List<SentMessage> _messages;
    private readonly string? _file;
    private StreamWriter? _writer;

    /// <param name="file">One message a line, appended to; null keeps them in memory.</param>
    public Mailbox(string? file = null)
    {
        _file = file;
        _messages = file is not null && File.Exists(file) ? [.. File.ReadLines(file).Select(Read).OfType<SentMessage>()] : [];
        if (file is not null)
            Rewrite();
    }

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

    /// <summary>One accepted call's messages, all or none. They are with the system when this returns.</summary>
    public void Add(IReadOnlyList<SentMessage> messages)
    {
        lock (_lock)
        {
            _messages.AddRange(messages);
            if (_messages.Count > Kept + Slack)
                Rewrite();
            else
                Append(messages);
        }
    }

    public void Dispose() => _writer?.Dispose();

    private void Append(IEnumerable<SentMessage> messages)
    {
        if (_writer is null)
            return;
        foreach (var message in messages)
            _writer.WriteLine(JsonSerializer.Serialize(message));
        _writer.Flush();
    }

    /// <summary>Forgets the oldest, and what a killed run left unfinished at the file's end. Written beside and moved into place.</summary>
    private void Rewrite()
    {
        _messages.RemoveRange(0, Math.Max(0, _messages.Count - Kept));
        if (_file is null)
            return;
        _writer?.Dispose();
        File.WriteAllLines(_file + ".new", _messages.Select(message => JsonSerializer.Serialize(message)));
        File.Move(_file + ".new", _file, overwrite: true);
        _writer = new StreamWriter(_file, append: true);
    }

    private static SentMessage? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<SentMessage>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Local.Providers;

/// <summary>The mailbox on disk. A line is a call: what its messages share stands in it once.</summary>
internal sealed class MailboxFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _file;
    private StreamWriter _writer;
    private int _written;

    public MailboxFile(string file, IReadOnlyList<SentMessage> messages)
    {
        _file = file;
        _writer = Rewrite(messages);
    }

    /// <summary>Oldest first. What a killed run left unfinished is no line.</summary>
    public static IEnumerable<SentMessage> Read(string file) => File.Exists(file) ? File.ReadLines(file).SelectMany(Messages) : [];

    /// <summary>Writes new messages; once there are twice as many as the mailbox keeps, forgets the others.</summary>
    public void Append(IReadOnlyList<SentMessage> messages, IReadOnlyList<SentMessage> kept)
    {
        _written += messages.Count;
        if (_written > 2 * Mailbox.Kept)
        {
            _writer.Dispose();
            _writer = Rewrite(kept);
            return;
        }

        Write(_writer, messages);
        _writer.Flush();
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Written beside and moved into place.</summary>
    private StreamWriter Rewrite(IReadOnlyList<SentMessage> messages)
    {
        using (var writer = new StreamWriter(_file + ".new"))
            Write(writer, messages);
        File.Move(_file + ".new", _file, overwrite: true);
        _written = messages.Count;
        return new(_file, append: true);
    }

    private static void Write(StreamWriter writer, IReadOnlyList<SentMessage> messages)
    {
        for (var from = 0; from < messages.Count;)
        {
            var to = from + 1;
            while (to < messages.Count && messages[from].Content is { } content && ReferenceEquals(messages[to].Content, content))
                to++;
            writer.WriteLine(JsonSerializer.Serialize(StoredCall.Of(messages, from, to), Json));
            from = to;
        }
    }

    private static IEnumerable<SentMessage> Messages(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<StoredCall>(line, Json)?.Read() ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}

using System.Threading.Channels;

namespace Crm.Local.Processes;

/// <summary>
/// A log that lines are appended to from any thread. Nobody waits for the disk: the lines are written behind, in order. It remembers the last ones for error
/// messages.
/// </summary>
public sealed class LogFile : IDisposable
{
    private const int TailLength = 30;
    private const int LongestKept = 20 * 1024 * 1024;

    /// <summary>Requests gather for so long: a busy host writes a few times a second, not once for each.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _prompt = new(0);
    private readonly Queue<string> _tail = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private readonly Task _writing;

    public LogFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Every request is a line: what a busy day left is not worth more than one older file.
        if (File.Exists(path) && new FileInfo(path).Length > LongestKept)
            File.Move(path, path + ".old", overwrite: true);
        _writing = Write(new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)));
    }

    public string Tail
    {
        get
        {
            lock (_lock)
                return string.Join(Environment.NewLine, _tail);
        }
    }

    public void Write(string line)
    {
        // A child's very last lines may arrive after its log was closed: they are dropped.
        _lines.Writer.TryWrite(line);
        _prompt.Release();
        lock (_lock)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLength)
                _tail.Dequeue();
        }
    }

    /// <summary>A line that no error message needs to repeat, and nobody waits for.</summary>
    public void Request(string line) => _lines.Writer.TryWrite(line);

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _prompt.Release();
        _writing.Wait();
    }

    private async Task Write(StreamWriter writer)
    {
        await using (writer)
        {
            while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_prompt.Wait(0))
                {
                    // These are written now.
                }

                while (_lines.Reader.TryRead(out var line))
                    await writer.WriteLineAsync(line).ConfigureAwait(false);
                await writer.FlushAsync().ConfigureAwait(false);
                await _prompt.WaitAsync(Gathering).ConfigureAwait(false);
            }
        }
    }
}

namespace Crm.Local.Processes;

/// <summary>A log that a child's output is appended to, line by line, from any thread; it remembers its last lines for error messages.</summary>
public sealed class LogFile : IDisposable
{
    private const int TailLength = 30;
    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private readonly StreamWriter _writer;
    private bool _disposed;

    public LogFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    }

    public string Tail
    {
        get
        {
            lock (_lock)
            {
                return string.Join(Environment.NewLine, _tail);
            }
        }
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            // A child's very last lines may arrive after its log was closed.
            if (_disposed)
            {
                return;
            }

            _writer.WriteLine(line);
            _tail.Enqueue(line);
            if (_tail.Count > TailLength)
            {
                _tail.Dequeue();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _writer.Dispose();
        }
    }
}

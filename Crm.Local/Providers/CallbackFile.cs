using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Local.Providers;

/// <summary>The callbacks that are not told yet, on disk: a line for each that was added and one for each that was told; emptied when all were.</summary>
internal sealed class CallbackFile : IDisposable
{
    private const char Added = '+';
    private const char Told = '-';
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _stream;
    private readonly StreamWriter _writer;
    private int _open;

    /// <param name="file">Is made when it is not there.</param>
    /// <param name="isKept">Says which of what an earlier run left stays.</param>
    /// <param name="left">What an earlier run did not tell.</param>
    public CallbackFile(string file, Predicate<Callback> isKept, out IReadOnlyList<Callback> left)
    {
        left = File.Exists(file) ? Read(file).FindAll(isKept) : [];
        _stream = new(file, FileMode.Create, FileAccess.Write);
        _writer = new(_stream);
        Add(left);
    }

    public void Add(IReadOnlyList<Callback> callbacks)
    {
        foreach (var callback in callbacks)
            _writer.WriteLine($"{Added}{JsonSerializer.Serialize(callback, Json)}");
        _open += callbacks.Count;
        _writer.Flush();
    }

    public void Done(IReadOnlyList<Callback> callbacks)
    {
        _open -= callbacks.Count;
        if (_open == 0)
        {
            _stream.SetLength(0);
            return;
        }

        foreach (var callback in callbacks)
            _writer.WriteLine($"{Told}{callback.Id}");
        _writer.Flush();
    }

    public void Dispose() => _writer.Dispose();

    private static List<Callback> Read(string file)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        var added = new List<Callback>();
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(Told))
                told.Add(line[1..]);
            else if (line.StartsWith(Added) && Parse(line[1..]) is { } callback)
                added.Add(callback);
        }

        return added.FindAll(callback => !told.Contains(callback.Id));
    }

    private static Callback? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Callback>(json, Json);
        }
        catch (JsonException)
        {
            // A killed run left it unfinished.
            return null;
        }
    }
}

using System.Text;

namespace Crm.Local.Providers;

/// <summary>The ledger on disk: a line is a call, its messages' fields between tabs. A call counts when its line is whole.</summary>
internal sealed class LedgerFile : IDisposable
{
    private const char Separator = '\t';
    private const int Fields = 5;
    private readonly FileStream _stream;

    public LedgerFile(string file, out IReadOnlyList<Ledger.Entry> entries)
    {
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        entries = [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(Read)];
        _stream = new(file, FileMode.OpenOrCreate, FileAccess.Write);

        // What a killed run left of a call was not accepted.
        _stream.SetLength(Encoding.UTF8.GetByteCount(whole));
        _stream.Seek(0, SeekOrigin.End);
    }

    public void Append(IEnumerable<Ledger.Entry> entries)
    {
        var fields = entries.SelectMany(entry => new[] { entry.Id, entry.Delivery, entry.Organization, entry.Kind, entry.To });
        _stream.Write(Encoding.UTF8.GetBytes(string.Join(Separator, fields) + "\n"));
        _stream.Flush();
    }

    public void Dispose() => _stream.Dispose();

    private static IEnumerable<Ledger.Entry> Read(string line) =>
        line.Split(Separator).Chunk(Fields).Select(fields => new Ledger.Entry(fields[0], fields[1], fields[2], fields[3], fields[4]));
}

using System.Text;
using CsvHelper;

namespace Crm.Functions.Contacts.Imports;

/// <summary>A CSV file being read: UTF-8, or Latin-1 where it is not; comma, semicolon, tab or bar, as its first lines show.</summary>
public sealed class ImportFile : IDisposable
{
    /// <summary>The longest cell that is read; anything longer is cut.</summary>
    private const int LongestCell = 10_000;

    private static readonly CsvReaderOptions Options = new() { HasHeader = false, TrimWhitespace = true, DetectSeparatorHint = true, TrackLineNumbers = true };

    private readonly CsvReader _reader;

    private ImportFile(CsvReader reader, string[] columns)
    {
        _reader = reader;
        Columns = columns;
    }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>The line of the file on which the row just read starts; the first is 1, and a line break in quotes begins another.</summary>
    public int Line => (int)_reader.LineNumber;

    /// <summary>Opens a file; null when its first line names no column.</summary>
    public static ImportFile? Open(byte[] content)
    {
        var reader = CsvReader.Create(Utf8(content), Options);
        if (reader.Read() && reader.Current.ToArray() is var columns && columns.Any(column => column.Length > 0))
            return new(reader, columns);
        reader.Dispose();
        return null;
    }

    /// <summary>The next row that is not blank, with as many cells as there are columns; null at the end.</summary>
    public string[]? Read()
    {
        while (_reader.Read())
        {
            var record = _reader.Current.ToArray();
            if (record.All(string.IsNullOrWhiteSpace))
                continue;
            var cells = new string[Columns.Count];
            for (var index = 0; index < cells.Length; index++)
                cells[index] = index < record.Length ? Clean(record[index]) : "";
            return cells;
        }

        return null;
    }

    public void Dispose() => _reader.Dispose();

    // PostgreSQL's text holds any character but this one.
    private static string Clean(string cell) => (cell.Length > LongestCell ? cell[..LongestCell] : cell).Replace("\0", "", StringComparison.Ordinal);

    private static byte[] Utf8(byte[] content)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(content);
            return content;
        }
        catch (DecoderFallbackException)
        {
            return Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(content));
        }
    }
}

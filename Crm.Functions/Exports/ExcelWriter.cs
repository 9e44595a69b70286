using System.Data.Common;
using System.Globalization;
using System.Text;
using Crm.Functions.Exports.Sheets;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Crm.Functions.Exports;

/// <summary>
/// Rows as an Excel workbook, straight from the database's reader: zipped as it is written, so that nothing of it is kept. Of the libraries at hand this one
/// is three to four times as fast as MiniExcel, and ten times as fast as Open XML SDK, whose documents are made in memory.
/// </summary>
internal static class ExcelWriter
{
    /// <summary>Of a sheet, its heading included: what Excel takes.</summary>
    private const int MostRows = 1_048_576;
    private const int LongestText = 32_767;

    public static async Task<long> Write(DbDataReader reader, Sheet sheet, Stream output, Func<long, Task>? progress, CancellationToken ct)
    {
        await using var book = await Spreadsheet.CreateNewAsync(
            output, new SpreadCheetahOptions { DefaultDateTimeFormat = NumberFormat.Custom("yyyy-mm-dd hh:mm:ss") }, ct);
        var heading = book.AddStyle(new Style { Font = { Bold = true } });
        var date = book.AddStyle(new Style { Format = NumberFormat.Custom("yyyy-mm-dd") });
        var kinds = sheet.Columns.Select(column => column.Kind).ToArray();
        var cells = new Cell[kinds.Length];
        var rows = 0L;
        var number = 0;
        var left = 0;
        while (await reader.ReadAsync(ct))
        {
            if (left == 0)
                left = await Begin(book, sheet, ++number, heading, ct);
            for (var column = 0; column < kinds.Length; column++)
                cells[column] = Of(reader, column, kinds[column], date);
            await book.AddRowAsync(cells, ct);
            left--;
            if (++rows % CsvRows.RowsBetweenProgress == 0 && progress is not null)
                await progress(rows);
        }

        if (number == 0)
            await Begin(book, sheet, 1, heading, ct);
        await book.FinishAsync(ct);
        return rows;
    }

    private static async Task<int> Begin(Spreadsheet book, Sheet sheet, int number, StyleId heading, CancellationToken ct)
    {
        var name = number == 1 ? sheet.Name : string.Create(CultureInfo.InvariantCulture, $"{sheet.Name} {number}");
        await book.StartWorksheetAsync(name, new WorksheetOptions { FrozenRows = 1 }, ct);
        await book.AddRowAsync(sheet.Columns.Select(column => new Cell(column.Title, heading)).ToArray(), ct);
        return MostRows - 1;
    }

    private static Cell Of(DbDataReader reader, int column, CellKind kind, StyleId date) => reader.IsDBNull(column) ? default : kind switch
    {
        CellKind.Text => new(Printable(reader.GetString(column))),
        CellKind.Number => new(reader.GetDecimal(column)),
        CellKind.Date => new(reader.GetFieldValue<DateOnly>(column).ToDateTime(TimeOnly.MinValue), date),
        CellKind.Time => new(reader.GetDateTime(column)),
        CellKind.Flag => new(reader.GetBoolean(column)),
    };

    // XML holds no control characters and no halves of letters, and a cell no more than so many.
    private static string Printable(string text)
    {
        if (text.Length <= LongestText && !text.Any(letter => letter is < ' ' or '\uFFFE' or '\uFFFF' || char.IsSurrogate(letter)))
            return text;
        var clean = new StringBuilder(Math.Min(text.Length, LongestText));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > LongestText)
                break;
            if (rune.Value is '\t' or '\n' or '\r' or >= ' ' and not (0xFFFE or 0xFFFF or 0xFFFD))
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }
}

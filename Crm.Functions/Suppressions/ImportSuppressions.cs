using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Sending;
using Crm.Shared.Database;
using CsvHelper;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Suppressions;

public static class ImportSuppressions
{
    private const int MostRows = 10_000;
    private const int MostErrors = 100;

    private static readonly string[] Headings = ["address", "email", "e-mail", "phone"];

    private static readonly CsvReaderOptions Options = new() { HasHeader = false, TrimWhitespace = true, DetectSeparatorHint = true, TrackLineNumbers = true };

    /// <summary>A row that is no address.</summary>
    /// <param name="Line">The line of the file: the heading's is 1.</param>
    /// <param name="Error">Why.</param>
    public sealed record RowError(int Line, string Error);

    /// <param name="Total">Rows in the file.</param>
    /// <param name="Added">How many were not suppressed before.</param>
    /// <param name="Failed">How many are no address.</param>
    /// <param name="Errors">The first hundred of those.</param>
    public sealed record Response(int Total, int Added, int Failed, IReadOnlyList<RowError> Errors);

    /// <summary>Suppresses the addresses of a CSV file.</summary>
    /// <remarks>Its column address (or email, phone), or its only one, has them; 10,000 rows at most. What is no address is left out and said.</remarks>
    [Function("ImportSuppressions"), Tags("Suppressions"), Allow(Permission.EditSuppressions)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "suppressions/import")] HttpRequest http,
        [Field("A CSV file: its first line names the columns, one of them address. UTF-8.", Example = "address\nno-more@example.com\nold@example.com\n")]
        IFormFile? file,
        [FromForm, Field("email (the default) or sms.", "email", "sms")] string? channel,
        Caller caller, Db db, CancellationToken ct)
    {
        if (file is not { Length: > 0 })
            return Errors.NoFile;
        var on = Fields.Text(channel)?.ToLowerInvariant() ?? "email";
        if (on is not ("email" or "sms"))
            return Error.Invalid("channel", "channel must be one of email, sms.");
        using var content = new MemoryStream((int)file.Length);
        await file.CopyToAsync(content, ct);
        if (Rows(content.ToArray()) is not { } rows)
            return Error.Invalid("file", "The file's first line must name a column address.");
        if (rows.Count is 0 or > MostRows)
            return Error.Invalid("file", rows.Count == 0 ? "The file has a heading but no rows." : $"The file has more than {MostRows} rows: split it.");

        var country = await AddressRules.Country(db, caller, ct);
        var read = rows.ConvertAll(row => (row.Line, Address: AddressRules.Read(on, row.Text, country)));
        var errors = read.Where(row => row.Address is null)
            .Select(row => new RowError(row.Line, on == "email" ? "This is no e-mail address." : "This is no phone number.")).ToArray();
        return await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var wishes = read.Where(row => row.Address is not null).Select(row => new SuppressedAddresses.Wish(on, row.Address!, "manual")).ToArray();
            var added = await SuppressedAddresses.Add(tx, wishes, caller.UserId, note: null);
            await tx.Audit(caller.UserId, "addresses.suppressed", "suppression", null, new { channel = on, added });
            return new Response(rows.Count, added, errors.Length, [.. errors.Take(MostErrors)]);
        }, ct);
    }

    // The cells of the address column, with their lines; null when there is no such column.
    private static List<(int Line, string Text)>? Rows(byte[] content)
    {
        using var reader = CsvReader.Create(content, Options);
        if (!reader.Read())
            return null;
        var headings = reader.Current.ToArray();
        var column = Array.FindIndex(headings, heading => Headings.Contains(heading.ToLowerInvariant(), StringComparer.Ordinal));
        if (column < 0 && headings.Length == 1)
            column = 0;
        if (column < 0)
            return null;
        var rows = new List<(int, string)>();
        while (rows.Count <= MostRows && reader.Read())
        {
            var cells = reader.Current.ToArray();
            if (column < cells.Length && cells[column].Length > 0)
                rows.Add(((int)reader.LineNumber, cells[column].Replace("\0", "", StringComparison.Ordinal)));
        }

        return rows;
    }
}

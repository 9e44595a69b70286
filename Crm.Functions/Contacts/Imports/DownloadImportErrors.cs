using System.Globalization;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using CsvHelper;

namespace Crm.Functions.Contacts.Imports;

public static class DownloadImportErrors
{
    // Excel reads a file without this mark as ANSI.
    private static readonly byte[] Utf8Mark = [0xEF, 0xBB, 0xBF];

    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.Escape };

    private sealed record Row(string[] Cells, int? Line, string Error);

    private const string Sql = """
        select cells, line, error
        from import_rows
        where organization_id = @OrganizationId
          and import_id = @Id
          and outcome = 'failed'
        order by row_number
        """;

    /// <summary>The rows that failed, as a CSV file with each row's line and the reason in its last columns: mend it and import it again.</summary>
    /// <remarks>Rows are kept for 30 days.</remarks>
    [Function("DownloadImportErrors"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<CsvFile> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/import/{id:guid}/errors")] HttpContext context, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var import = await db.Find<Import>(scope, Import.ByIdSql, new { Id = id }, ct);
        if (import is null)
            return await Access.Refusal(db, scope, Owned.Import, id, Errors.ImportNotFound, ct);

        using var content = new MemoryStream();
        await content.WriteAsync(Utf8Mark, ct);
        await using (var csv = CsvWriter.Create(content, Options, leaveOpen: true))
        {
            csv.WriteRecord([.. import.Columns, "line", "error"]);
            foreach (var row in await db.List<Row>(scope, Sql, new { Id = id }, ct))
                csv.WriteRecord([.. row.Cells, row.Line?.ToString(CultureInfo.InvariantCulture) ?? "", row.Error]);
        }

        return new CsvFile(content.ToArray(), $"import-errors-{import.CreatedAt:yyyy-MM-dd}.csv");
    }
}

using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Contacts.Imports;

public static class ImportContacts
{
    /// <summary>Rows a file may have; what it may weigh is limited by the body's 10 MiB.</summary>
    public const int MostRows = 100_000;
    private const int MostColumns = 100;

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    private const string CreateSql = """
        insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, source, dry_run, total,
                             created_at, updated_at)
        values (@OrganizationId, @Id, @UserId, @NewOwnerId, left(@FileName, 200), @Columns, @Fields, @OnDuplicate, @Tags, @Source, @DryRun, 0, @Now, @Now)
        """;

    // Many rows a statement, as row-level security allows no copy; arrays of arrays must be rectangular, so the cells of a row travel as JSON.
    private const string RowsSql = """
        insert into import_rows (organization_id, import_id, row_number, line, cells)
        select @OrganizationId, @ImportId, r.row_number, r.line, array(select jsonb_array_elements_text(r.cells::jsonb))
        from unnest(@Numbers, @Lines, @Cells) as r (row_number, line, cells)
        """;
    private const int RowsAtOnce = 1000;

    private const string TotalSql = """
        update imports
        set total = @Total
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Imports contacts from a CSV file, in the background.</summary>
    /// <remarks>Empty cells leave what is there. Follow it with GET /contacts/import/{id}; its failed rows are at …/errors, and …/undo takes it back.</remarks>
    [Function("ImportContacts"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<Accepted<Import>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/import")] HttpRequest http,
        [Field(
            "A CSV file: its first line names the columns, up to 100,000 rows follow. UTF-8, separated by commas, semicolons, tabs or bars.",
            Example = "E-mail,First name,Remarks\ndora@second.example,Dora,met at the fair\n")] IFormFile? file,
        [FromForm, Field(
            "A JSON object from column to field, over what the headings suggest; null leaves a column out.",
            Example = """{"E-mail":"email","Remarks":null}""")] string? mapping,
        [FromForm, Field("Whether only to report what would happen; false by default.", "true", "false")] string? dryRun,
        [FromForm, Field("What becomes of a contact that has the row's e-mail already: update (the default) or skip.", "update", "skip")] string? onDuplicate,
        [FromForm, Field("Labels for all of the contacts, separated by commas; at most 50 of at most 50 characters.", Example = "fair,q4")] string? tags,
        [FromForm, Field("Where the contacts came from, for rows that do not say; 100 characters at most.", Example = "trade fair")] string? source,
        [FromForm, Field("The user the new contacts belong to; the caller by default, and always for staff.")] string? ownerId,
        Caller caller, Db db, CancellationToken ct)
    {
        if (file is not { Length: > 0 })
            return Errors.NoFile;
        var (options, fault) = ImportOptions.Read(caller, mapping, dryRun, onDuplicate, tags, source, ownerId);
        if (options is null)
            return fault!;

        var content = await Content(file, ct);
        if (Columns(content) is not { Length: <= MostColumns } columns)
            return Error.Invalid("file", $"The file's first line must name its columns, {MostColumns} at most.");
        if (options.Mapping is not null && ImportMapping.Fault(columns, options.Mapping) is { } wrong)
            return Error.Invalid("mapping", wrong);
        var fields = ImportMapping.Of(columns, options.Mapping);
        if (!fields.Any(field => field is "firstName" or "lastName" or "name" or "email" or "phone"))
            return Error.Invalid(
                "mapping", $"No column looks like a name, e-mail or phone number: say with mapping which is. The file has {string.Join(", ", columns)}.");

        return await db.Transaction<Accepted<Import>>(caller.Scope, async tx =>
        {
            if (await tx.Find<string>(OwnerSql, new { UserId = options.OwnerId }) is not "active" and var status)
                return status is null ? Errors.UserNotFound : Errors.UserInactive;

            var id = Guid.CreateVersion7(tx.Now);
            await tx.Execute(CreateSql, new
            {
                Id = id,
                caller.UserId,
                NewOwnerId = options.OwnerId,
                file.FileName,
                Columns = columns,
                Fields = fields,
                options.OnDuplicate,
                options.Tags,
                options.Source,
                options.DryRun,
                tx.Now,
            });
            var total = await Store(tx, id, content);
            if (total is 0 or > MostRows)
            {
                tx.Abandon();
                return Error.Invalid("file", total == 0 ? "The file has a heading but no rows." : $"The file has more than {MostRows} rows: split it.");
            }

            await tx.Execute(TotalSql, new { Id = id, Total = total });
            await tx.Audit(caller.UserId, options.DryRun ? "contacts.import_tried" : "contacts.imported", "import", id, new { file.FileName, total });
            await tx.Send(Queues.ImportContacts, new ImportBatch.Message(caller.OrganizationId, id));
            return (await tx.Find<Import>(Import.ByIdSql, new { Id = id }))!;
        }, ct);
    }

    private static string[]? Columns(byte[] content)
    {
        using var file = ImportFile.Open(content);
        return file?.Columns.ToArray();
    }

    private static async Task<byte[]> Content(IFormFile upload, CancellationToken ct)
    {
        using var content = new MemoryStream((int)upload.Length);
        await upload.CopyToAsync(content, ct);
        return content.ToArray();
    }

    // Read from its beginning by each transaction: one that gave way in a deadlock runs a second time.
    private static async Task<int> Store(DbTransaction tx, Guid importId, byte[] content)
    {
        using var file = ImportFile.Open(content)!;
        var number = 0;
        var rows = new List<(int Line, string Cells)>(RowsAtOnce);
        while (number + rows.Count <= MostRows && file.Read() is { } cells)
        {
            rows.Add((file.Line, JsonSerializer.Serialize(cells)));
            if (rows.Count == RowsAtOnce)
                number += await Store(tx, importId, number, rows);
        }

        return number + await Store(tx, importId, number, rows);
    }

    private static async Task<int> Store(DbTransaction tx, Guid importId, int before, List<(int Line, string Cells)> rows)
    {
        var count = rows.Count;
        if (count > 0)
        {
            await tx.Execute(RowsSql, new
            {
                ImportId = importId,
                Numbers = Enumerable.Range(before + 1, count).ToArray(),
                Lines = rows.Select(row => row.Line).ToArray(),
                Cells = rows.Select(row => row.Cells).ToArray(),
            });
            rows.Clear();
        }

        return count;
    }
}

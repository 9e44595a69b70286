using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Shared.Database;
using NpgsqlTypes;

namespace Crm.Functions.Contacts.Import;

public static class ImportContacts
{
    /// <summary>Rows a file may have; what it may weigh is limited by the body's 10 MiB.</summary>
    public const int MostRows = 100_000;
    private const int MostColumns = 100;

    private sealed record Options(IReadOnlyDictionary<string, string?>? Mapping, bool DryRun, string OnDuplicate, string[] Tags, string? Source, Guid OwnerId);

    private const string OwnerSql = """
        select status
        from users
        where organization_id = @OrganizationId
          and id = @OwnerId
        """;

    private const string CreateSql = """
        insert into imports (organization_id, id, user_id, owner_id, file_name, columns, fields, on_duplicate, tags, source, dry_run, total, created_at, updated_at)
        values (@OrganizationId, @Id, @UserId, @OwnerId, left(@FileName, 200), @Columns, @Fields, @OnDuplicate, @Tags, @Source, @DryRun, 0, @Now, @Now)
        """;

    private const string CopySql = "copy import_rows (organization_id, import_id, row_number, cells) from stdin (format binary)";

    private const string TotalSql = """
        update imports
        set total = @Total
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Imports contacts from a CSV file, in the background.</summary>
    /// <remarks>
    /// multipart/form-data: `file` (CSV with a heading, up to 100,000 rows); and optionally `mapping` (a JSON object from column to field, over the guessed one; null leaves a
    /// column out), `dryRun` (true: report only), `onDuplicate` (update, the default, or skip: by e-mail), `tags` (comma separated, for all rows), `source`, `ownerId`. Empty cells
    /// leave what is there. Follow it with GET /contacts/import/{id}; its failed rows are at …/errors, and …/undo takes it back.
    /// </remarks>
    [Function("ImportContacts"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<Accepted<Import>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "contacts/import")] HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        if (!context.Request.HasFormContentType)
            return Errors.NoFile;
        var form = await context.Request.ReadFormAsync(ct);
        if (form.Files["file"] is not { Length: > 0 } upload)
            return Errors.NoFile;
        var (options, fault) = Read(form, caller);
        if (options is null)
            return fault!;

        using var file = ImportFile.Open(await Content(upload, ct));
        if (file is null || file.Columns.Count > MostColumns)
            return Error.Invalid("file", $"The file's first line must name its columns, {MostColumns} at most.");
        if (options.Mapping is not null && ImportMapping.Fault(file.Columns, options.Mapping) is { } wrong)
            return Error.Invalid("mapping", wrong);
        var fields = ImportMapping.Of(file.Columns, options.Mapping);
        if (!fields.Any(field => field is "firstName" or "lastName" or "name" or "email" or "phone"))
            return Error.Invalid("mapping", $"No column looks like a name, e-mail or phone number: say with mapping which is. The file has {string.Join(", ", file.Columns)}.");

        return await db.Transaction<Accepted<Import>>(caller.Scope, async tx =>
        {
            if (await tx.Find<string>(OwnerSql, new { caller.OrganizationId, options.OwnerId }) is not "active" and var status)
                return status is null ? Errors.UserNotFound : Errors.UserInactive;

            var id = Guid.CreateVersion7(tx.Now);
            await tx.Execute(CreateSql, new
            {
                caller.OrganizationId,
                Id = id,
                caller.UserId,
                options.OwnerId,
                upload.FileName,
                Columns = file.Columns.ToArray(),
                Fields = fields,
                options.OnDuplicate,
                options.Tags,
                options.Source,
                options.DryRun,
                tx.Now,
            });
            var total = await Store(tx, id, file);
            if (total is 0 or > MostRows)
            {
                tx.Abandon();
                return Error.Invalid("file", total == 0 ? "The file has a heading but no rows." : $"The file has more than {MostRows} rows: split it.");
            }

            await tx.Execute(TotalSql, new { caller.OrganizationId, Id = id, Total = total });
            await tx.Audit(caller, options.DryRun ? "contacts.import_tried" : "contacts.imported", "import", id, new { upload.FileName, total });
            await tx.Send(Queues.ImportContacts, new ImportBatch.Message(caller.OrganizationId, id));
            return (await tx.Find<Import>(Import.ByIdSql, new { caller.OrganizationId, OwnerId = (Guid?)null, Id = id }))!;
        }, ct);
    }

    private static (Options? Options, Error? Fault) Read(IFormCollection form, Caller caller)
    {
        string? Value(string name) => form[name].ToString() is { Length: > 0 } text ? text.Trim() : null;

        Dictionary<string, string?>? mapping = null;
        if (Value("mapping") is { } json)
        {
            try
            {
                mapping = JsonSerializer.Deserialize<Dictionary<string, string?>>(json);
            }
            catch (JsonException)
            {
                return (null, Error.Invalid("mapping", "mapping must be a JSON object such as {\"E-mail\":\"email\",\"Remarks\":null}."));
            }
        }

        if (Value("dryRun") is { } dryRun && !bool.TryParse(dryRun, out _))
            return (null, Error.Invalid("dryRun", "dryRun must be true or false."));
        var onDuplicate = Value("onDuplicate")?.ToLowerInvariant() ?? "update";
        if (onDuplicate is not ("update" or "skip"))
            return (null, Error.Invalid("onDuplicate", "onDuplicate must be one of update, skip."));
        var owner = caller.UserId;
        if (Value("ownerId") is { } ownerText && !Guid.TryParse(ownerText, out owner))
            return (null, Error.Invalid("ownerId", "ownerId must be the id of a user."));
        if (caller.Role == Role.Staff && owner != caller.UserId)
            return (null, Errors.Forbidden with { Message = "Staff own the contacts they import: leave ownerId out." });
        var tags = Contacts.Fields.Labels(Value("tags")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (tags.Length > 50 || tags.Any(tag => tag.Length > 50))
            return (null, Error.Invalid("tags", "tags must hold at most 50 labels of at most 50 characters."));
        return (new(mapping, bool.TryParse(Value("dryRun"), out var dry) && dry, onDuplicate, tags, Value("source"), owner), null);
    }

    private static async Task<byte[]> Content(IFormFile upload, CancellationToken ct)
    {
        using var content = new MemoryStream((int)upload.Length);
        await upload.CopyToAsync(content, ct);
        return content.ToArray();
    }

    private static async Task<int> Store(DbTransaction tx, Guid importId, ImportFile file)
    {
        var number = 0;
        await tx.Copy(CopySql, async rows =>
        {
            while (number <= MostRows && file.Read() is { } cells)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(tx.Scope.OrganizationId, NpgsqlDbType.Uuid);
                await rows.WriteAsync(importId, NpgsqlDbType.Uuid);
                await rows.WriteAsync(++number, NpgsqlDbType.Integer);
                await rows.WriteAsync(cells, NpgsqlDbType.Array | NpgsqlDbType.Text);
            }
        });
        return number;
    }
}

using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Privacy;

public static class ExportPerson
{
    /// <summary>As long a link to a file is good.</summary>
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    /// <param name="ContactId">The contact.</param>
    /// <param name="ExportedAt">When this was read.</param>
    /// <param name="Tables">What each table holds about the contact, and about those that were merged into it: rows as they are kept.</param>
    /// <param name="Files">Pictures and attachments.</param>
    public sealed record Response(Guid ContactId, DateTimeOffset ExportedAt, IReadOnlyDictionary<string, JsonElement> Tables, IReadOnlyList<PersonFile> Files);

    /// <param name="FileId">The file.</param>
    /// <param name="Kind">avatar or attachment.</param>
    /// <param name="ContentType">What it is.</param>
    /// <param name="Size">In bytes.</param>
    /// <param name="Url">Where it can be downloaded for an hour.</param>
    public sealed record PersonFile(Guid FileId, string Kind, string ContentType, long Size, string Url);

    private sealed record FileRow(Guid Id, string Kind, string ContentType, long Size, string StorageKey);

    private const string FilesSql = $"""
        select f.id, f.kind, f.content_type, f.size, f.storage_key
        from stored_files f
        where f.organization_id = @OrganizationId
          and f.owner_id in ({PersonalData.FileOwnersSql})
          and f.unwanted_at is null
        order by f.id
        """;

    /// <summary>All that is kept about one contact, as JSON: what a person who asks for their data is to be given.</summary>
    [Function("ExportPerson"), Tags("Contacts"), Allow(Permission.ErasePeople)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/{id:guid}/export")] HttpContext context,
        Guid id, Caller caller, Db db, FileStore store, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(
            caller.Scope,
            async tx =>
            {
                var (person, fault) = await Person.Find(tx, id);
                if (fault is not null)
                    return fault;
                var args = person!.Args(tx.Now);
                var tables = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
                // What was exported for colleagues is no record of the person.
                foreach (var held in PersonalData.Tables.Where(held => held.Table is not ("exports" or "idempotency_keys")))
                    tables[held.Table] = Rows((await tx.Find<string>(held.ExportSql, args))!);
                var files = (await tx.List<FileRow>(FilesSql, args)).Select(file => new PersonFile(
                    file.Id, file.Kind, file.ContentType, file.Size,
                    store.Link(file.StorageKey, file.StorageKey.Split('/')[^1], file.ContentType, LinkLifetime)));
                await tx.Audit(caller.UserId, "contact.exported", "contact", person.Id);
                context.Response.Headers.CacheControl = "no-store";
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"contact-{person.Id}.json\"";
                return new Response(person.Id, tx.Now, tables, [.. files]);
            },
            ct);

    private static JsonElement Rows(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}

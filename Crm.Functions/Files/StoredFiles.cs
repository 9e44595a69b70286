using Crm.Shared.Database;

namespace Crm.Functions.Files;

/// <summary>A file that is kept, or about to be.</summary>
/// <param name="Id">Its row's.</param>
/// <param name="Key">Where the store has it: unguessable, below the organisation's prefix.</param>
public sealed record StoredFile(Guid Id, string Key);

/// <summary>
/// The rows of the files in the store. A row comes before its file, and is wanted only from the transaction on that makes something point to it: what was
/// interrupted in between is found, and deleted.
/// </summary>
public static class StoredFiles
{
    /// <summary>How long a file may take from its first byte to the record that points to it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private const string InsertSql = """
        insert into stored_files (organization_id, id, kind, owner_id, storage_key, content_type, file_name, size, unwanted_at, created_at)
        values (@OrganizationId, @Id, @Kind, @FileOwner, @Key, @ContentType, @FileName, @Size, @UnwantedAt, @Now)
        """;

    private const string KeepSql = """
        update stored_files
        set unwanted_at = @Until::timestamptz, size = coalesce(@Size::bigint, size)
        where organization_id = @OrganizationId
          and id = @Id
          and unwanted_at > @Now
        """;

    private const string ReleaseSql = """
        update stored_files
        set unwanted_at = @Now, queued_until = @QueuedUntil
        where organization_id = @OrganizationId
          and owner_id = any(@Owners)
          and kind = any(@Kinds)
          and right(coalesce(@Shown, ''), length(storage_key)) <> storage_key
          and unwanted_at is null
        returning organization_id, id as file_id
        """;

    /// <summary>The row of a file that is to be stored next.</summary>
    /// <param name="db">The database.</param>
    /// <param name="scope">The organisation.</param>
    /// <param name="kind">avatar, logo, attachment or export.</param>
    /// <param name="owner">Whose it will be.</param>
    /// <param name="contentType">What it is.</param>
    /// <param name="extension">How its name ends, without the dot.</param>
    /// <param name="size">In bytes; 0 while it is not known.</param>
    /// <param name="ct">Gives it up.</param>
    /// <param name="patience">How long it may take until a record points to it; an hour by default.</param>
    /// <param name="fileName">What it is called, where no record is there yet that says so.</param>
    public static async Task<StoredFile> Begin(
        Db db, Scope scope, string kind, Guid owner, string contentType, string extension, long size, CancellationToken ct, TimeSpan? patience = null,
        string? fileName = null)
    {
        var id = Guid.CreateVersion7(db.Now);
        // Version 4: of version 7 the first half is the time.
        var file = new StoredFile(id, $"org/{scope.OrganizationId}/{kind}s/{Guid.NewGuid()}.{extension}");
        await db.Execute(
            scope, InsertSql,
            new
            {
                file.Id,
                Kind = kind,
                FileOwner = owner,
                file.Key,
                ContentType = contentType,
                FileName = fileName,
                Size = size,
                UnwantedAt = db.Now + (patience ?? Patience),
                db.Now,
            },
            ct);
        return file;
    }

    /// <summary>Keeps a stored file, for good or until a time; false when it took so long that it was given up.</summary>
    public static async Task<bool> Keep(DbTransaction tx, StoredFile file, DateTimeOffset? until = null, long? size = null) =>
        await tx.Execute(KeepSql, new { file.Id, Until = until, Size = size, tx.Now }) > 0;

    /// <summary>Deletes, after the commit, all files of these kinds and owners but the one that an address shows now; nobody else's.</summary>
    public static async Task Release(DbTransaction tx, Guid[] owners, string[] kinds, string? shown = null)
    {
        var released = await tx.List<DeleteFile.Message>(
            ReleaseSql, new { Owners = owners, Kinds = kinds, Shown = shown, tx.Now, QueuedUntil = tx.Now + SweepFiles.Patience });
        if (released.Count > 0)
            await tx.SendAll(Queues.DeleteFile, released.Select(file => (file.OrganizationId, file)));
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

/// <summary>Takes the next rows of an import back, in one transaction, and asks for the rest with its next message.</summary>
public static class UndoImportBatch
{
    private const int Size = 2000;

    public sealed record Message(Guid OrganizationId, Guid ImportId);

    private const string LockSql = """
        update imports
        set updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ImportId
          and status = 'undoing'
        returning user_id
        """;

    // In the order in which everybody locks contacts, before the statement that changes them.
    private const string LockContactsSql = """
        select count(*)
        from (
            select id
            from contacts
            where organization_id = @OrganizationId
              and id in (
                  select contact_id
                  from import_rows
                  where organization_id = @OrganizationId and import_id = @ImportId and version is not null and not undone
                  order by row_number
                  limit @Size)
            order by id
            for update) locked
        """;

    private sealed record Counts(int Taken, int Removed, int Restored);

    // A contact is touched only while it is exactly as the import left it: its version is still the import's.
    private const string UndoSql = """
        with taken as (
            update import_rows
            set undone = true
            where organization_id = @OrganizationId
              and import_id = @ImportId
              and row_number in (
                  select row_number
                  from import_rows
                  where organization_id = @OrganizationId and import_id = @ImportId and version is not null and not undone
                  order by row_number
                  limit @Size)
            returning contact_id, version, before),
        removed as (
            update contacts c
            set status = 'inactive', deleted_at = @Now, updated_at = @Now, email_key = null, version = c.version + 1
            from taken t
            where c.organization_id = @OrganizationId
              and c.id = t.contact_id
              and c.version = t.version
              and t.before is null
              and c.deleted_at is null
            returning c.id),
        restored as (
            update contacts c
            set owner_id = b.owner_id, first_name = b.first_name, last_name = b.last_name, email = b.email, email_key = b.email_key, phone = b.phone,
                company = b.company, job_title = b.job_title, status = b.status, source = b.source, tags = b.tags, address = b.address, notes = b.notes,
                custom_fields = b.custom_fields, unsubscribed_email = b.unsubscribed_email, unsubscribed_sms = b.unsubscribed_sms,
                updated_at = @Now, version = c.version + 1
            from taken t
            cross join lateral jsonb_populate_record(null::contacts, t.before) b
            where c.organization_id = @OrganizationId
              and c.id = t.contact_id
              and c.version = t.version
              and t.before is not null
            returning c.id),
        told as (
            insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, actor_id, occurred_at, created_at)
            select @OrganizationId, uuidv7(), id, 'update', action, 'Import undone', 'import', @ImportId, @UserId, @Now, @Now
            from (select id, 'contact_deleted' as action from removed union all select id, 'contact_updated' from restored) undone)
        select (select count(*) from taken)::int as taken, (select count(*) from removed)::int as removed, (select count(*) from restored)::int as restored
        """;

    private const string ProgressSql = """
        update imports
        set removed = removed + @Removed, restored = restored + @Restored, kept = kept + @Kept,
            status = case when @IsDone then 'undone' else status end, finished_at = case when @IsDone then @Now end, attempts = 0, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ImportId
        """;

    [Function("UndoImportBatch")]
    public static Task Handle(
        [QueueTrigger(Queues.UndoImport)] Message? message, Db db, ILoggerFactory logs, CancellationToken ct) =>
        ImportAttempts.Run(db, logs, Queues.UndoImport, message?.OrganizationId, message?.ImportId, Undo, ct);

    private static async Task Undo(DbTransaction tx, Guid importId)
    {
        if (await tx.Find<Guid?>(LockSql, new { ImportId = importId, tx.Now }) is not { } userId)
            return;

        await tx.Find<long>(LockContactsSql, new { ImportId = importId, Size });
        var counts = (await tx.Find<Counts>(UndoSql, new { ImportId = importId, UserId = userId, Size, tx.Now }))!;
        var isDone = counts.Taken < Size;
        await tx.Execute(ProgressSql, new
        {
            ImportId = importId,
            counts.Removed,
            counts.Restored,
            Kept = counts.Taken - counts.Removed - counts.Restored,
            IsDone = isDone,
            tx.Now,
        });
        if (!isDone)
            await tx.Send(Queues.UndoImport, new Message(tx.Scope.OrganizationId, importId));
    }
}

using System.Globalization;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

/// <summary>Makes files that somebody uploaded those of the message they wrote: each of one message, and of nobody else's.</summary>
internal static class MessageAttachments
{
    public const int Most = 10;

    /// <summary>Of all files of a message: encoded they are a third longer, and the vendor takes 30 MB with the texts.</summary>
    private const long MostBytes = 20 * 1024 * 1024;

    /// <summary>What is to be swept so soon may be gone when the transaction ends.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    // Files are locked last of all, and by id.
    private const string LockSql = """
        select id, size
        from stored_files
        where organization_id = @OrganizationId
          and id = any(@Ids)
          and kind = 'attachment'
          and owner_id = @UserId
          and file_name is not null
          and unwanted_at > @GoneBy
        order by id
        for update
        """;

    private const string BindSql = """
        with bound as (
            update stored_files f
            set unwanted_at = null, owner_id = @MessageId, file_name = null
            where f.organization_id = @OrganizationId
              and f.id = any(@Ids)
            returning f.id, old.file_name, f.content_type, f.size, f.storage_key)
        insert into message_attachments (organization_id, id, message_id, file_name, content_type, size, storage_key, created_at)
        select @OrganizationId, id, @MessageId, file_name, content_type, size, storage_key, @Now
        from bound
        """;

    private sealed record Waiting(Guid Id, long Size);

    /// <summary>Binds them to a message that the transaction has written; or why not, and then it writes nothing.</summary>
    public static async Task<Error?> Bind(DbTransaction tx, Caller caller, Guid messageId, Guid[] ids)
    {
        if (ids.Length == 0)
            return null;
        var waiting = await tx.List<Waiting>(LockSql, new { Ids = ids, caller.UserId, GoneBy = tx.Now + Margin });
        if (Fault(ids, waiting) is { } fault)
        {
            tx.Abandon();
            return fault;
        }

        await tx.Execute(BindSql, new { Ids = ids, MessageId = messageId, tx.Now });
        return null;
    }

    private static Error? Fault(Guid[] ids, IReadOnlyList<Waiting> waiting)
    {
        var bytes = waiting.Sum(file => file.Size);
        return waiting.Count < ids.Length
            ? Errors.AttachmentNotFound with
            {
                Details =
                [
                    .. ids.Index().Where(id => waiting.All(file => file.Id != id.Item)).Select(id => new FieldError(
                        string.Create(CultureInfo.InvariantCulture, $"attachmentIds[{id.Index}]"), Errors.AttachmentNotFound.Message)),
                ],
            }
            : bytes > MostBytes
                ? Errors.AttachmentsTooLarge with
                {
                    Message = string.Create(CultureInfo.InvariantCulture, $"The files of a message may have {MostBytes} bytes together; these have {bytes}."),
                }
                : null;
    }
}

using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Files;

/// <summary>Deletes a file that nobody wants any more, and then its row. What fails is tried again, by the queue and then by the sweep.</summary>
public static class DeleteFile
{
    public sealed record Message(Guid OrganizationId, Guid FileId);

    private const string FindSql = """
        select storage_key
        from stored_files
        where organization_id = @OrganizationId
          and id = @FileId
          and unwanted_at <= @Now
        """;

    private const string DeleteSql = """
        delete from stored_files
        where organization_id = @OrganizationId
          and id = @FileId
          and unwanted_at <= @Now
        """;

    [Function("DeleteFile")]
    public static async Task Handle([QueueTrigger(Queues.DeleteFile)] Message? message, Db db, FileStore store, ILoggerFactory logs, CancellationToken ct)
    {
        if (Queues.IsBlank(logs.CreateLogger(Queues.DeleteFile), Queues.DeleteFile, message?.OrganizationId, message?.FileId))
            return;
        var scope = new Scope(message!.OrganizationId);
        var args = new { message.FileId, db.Now };
        if (!store.IsConfigured || await db.Find<string>(scope, FindSql, args, ct) is not { } key)
            return;
        await store.Delete(key, ct);
        await db.Execute(scope, DeleteSql, args, ct);
    }
}

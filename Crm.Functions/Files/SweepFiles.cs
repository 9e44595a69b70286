using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Files;

/// <summary>Has files deleted that nobody wants: uploads that broke off, exports that expired, and those whose deletion failed.</summary>
public static class SweepFiles
{
    /// <summary>What is queued has this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private const int MostAtOnce = 500;

    private const string TakeSql = """
        update stored_files
        set queued_until = @QueuedUntil
        where (organization_id, id) in (
            select organization_id, id
            from stored_files
            where unwanted_at <= @Now
              and (queued_until is null or queued_until <= @Now)
            order by unwanted_at, id
            limit @MostAtOnce
            for update skip locked)
        returning organization_id, id as file_id
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var file in await db.List<DeleteFile.Message>(Scope.Global, TakeSql, new { db.Now, QueuedUntil = db.Now + Patience, MostAtOnce }, ct))
            await queues.Send(Queues.DeleteFile, JsonSerializer.Serialize(file, JsonSerializerOptions.Web), ct);
    }
}

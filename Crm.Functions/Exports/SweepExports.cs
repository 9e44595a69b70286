using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Exports;

/// <summary>Takes up exports that came to a halt: their process died, or their message was set aside.</summary>
public static class SweepExports
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Marked as it is taken: what is queued now is not queued again until it has had its time.
    private const string HaltedSql = """
        update exports
        set updated_at = @Now
        where (organization_id, id) in (
            select organization_id, id
            from exports
            where status in ('queued', 'running')
              and updated_at < @Old
            order by updated_at
            limit 100
            for update skip locked)
        returning organization_id, id as export_id
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var halted in await db.List<RunExport.Message>(Scope.Global, HaltedSql, new { db.Now, Old = db.Now - Patience }, ct))
            await queues.Send(Queues.RunExport, JsonSerializer.Serialize(halted, JsonSerializerOptions.Web), ct);
    }
}

using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Settings.Team;

/// <summary>Takes up hand-overs that came to a halt: their message was set aside after too many failures.</summary>
public static class SweepHandOvers
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Marked as it is taken: what is queued now is not queued again until it has had its time.
    private const string HaltedSql = """
        update hand_overs
        set updated_at = @Now
        where (organization_id, id) in (
            select organization_id, id
            from hand_overs
            where status = 'running' and updated_at < @Old
            order by updated_at
            limit 100
            for update skip locked)
        returning organization_id, id as hand_over_id
        """;

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        foreach (var halted in await db.List<HandOverRecords.Message>(Scope.Global, HaltedSql, new { db.Now, Old = db.Now - Patience }, ct))
            await queues.Send(Queues.HandOverRecords, JsonSerializer.Serialize(halted, JsonSerializerOptions.Web), ct);
    }
}

using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Sending;

/// <summary>Queues the messages of the inbox that are due: their time has come, a try has failed, or their own message was lost.</summary>
internal static class DueMessages
{
    /// <summary>A fresh message is left to its own.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What was queued is not queued again for so long; a message that is lost costs as much.</summary>
    private static readonly TimeSpan QueueLease = TimeSpan.FromMinutes(10);
    private const int MostAtOnce = 1000;

    private const string DueSql = """
        update deliveries
        set queued_until = @QueueLeaseEnd
        where (organization_id, id) in (
            select organization_id, id
            from deliveries
            where campaign_id is null
              and status = 'pending'
              and coalesce(not_before, created_at) <= @Due
              and call_id is null
              and (queued_until is null or queued_until <= @Now)
            order by coalesce(not_before, created_at), id
            limit @MostAtOnce
            for no key update skip locked)
        returning organization_id, id as delivery_id
        """;

    public static async Task Queue(Db db, QueueServiceClient queues, DateTimeOffset now, CancellationToken ct)
    {
        var due = await db.List<SendMessage.Message>(
            Scope.Global, DueSql, new { QueueLeaseEnd = now + QueueLease, Due = now - Patience, Now = now, MostAtOnce }, ct);
        foreach (var message in due)
            await queues.Send(Queues.SendMessage, JsonSerializer.Serialize(message, JsonSerializerOptions.Web), ct);
    }
}

using System.Text.Json;
using Azure.Storage.Queues;
using Crm.Functions.Audit;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.WebhookEndpoints;

/// <summary>Queues the deliveries that are due again: a try that failed, a claim that ran out, a message that was lost.</summary>
public static class SweepWebhooks
{
    /// <summary>A fresh one is left to its own message for this long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What was queued is not queued again for this long, however long the queue is.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private const int MostAtOnce = 1000;

    // The lease ends when the delivery is claimed.
    private const string TakeSql = """
        update webhook_deliveries
        set queued_until = @LeaseEnd
        where (organization_id, id) in (
            select d.organization_id, d.id
            from webhook_deliveries d
            join webhook_endpoints e on e.organization_id = d.organization_id and e.id = d.endpoint_id and e.is_enabled
            where d.state = 'pending'
              and d.due_at <= @Due
              and (d.queued_until is null or d.queued_until <= @Now)
            order by d.due_at, d.id
            limit @MostAtOnce
            for update of d skip locked)
        returning organization_id, event_id, endpoint_id
        """;

    private sealed record Row(Guid OrganizationId, Guid EventId, Guid EndpointId);

    public static async Task Handle(Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var due = await db.List<Row>(Scope.Global, TakeSql, new { LeaseEnd = db.Now + Lease, Due = db.Now - Patience, db.Now, MostAtOnce }, ct);
        foreach (var one in due)
        {
            var told = new AuditTrail.Told(one.OrganizationId, one.EventId, one.EndpointId);
            await queues.Send(Queues.DeliverWebhooks, JsonSerializer.Serialize(told, JsonSerializerOptions.Web), ct);
        }
    }
}

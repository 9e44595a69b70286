using Crm.Functions.Hosting;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Outbox;

/// <summary>Relays the messages whose process died, or whose queue did not answer, between their commit and their relay.</summary>
public static class SweepOutbox
{
    /// <summary>A fresh message is being relayed by the request that wrote it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int MostAtOnce = 1000;

    // Deleted and locked at once: a second sweep takes other rows, and a crash puts these back.
    private const string TakeSql = """
        delete from outbox
        where (organization_id, id) in (
            select organization_id, id
            from outbox
            where created_at <= @Old
            order by created_at, id
            limit @MostAtOnce
            for update skip locked)
        returning organization_id, id, queue, body
        """;

    private sealed record Row(Guid OrganizationId, Guid Id, string Queue, string Body);

    public static Task Handle(TimerTick tick, Db db, QueueClient queues, CancellationToken ct) =>
        db.Transaction(Scope.Global, async tx =>
        {
            var rows = await tx.List<Row>(TakeSql, new { Old = tx.Now - Patience, MostAtOnce });
            foreach (var row in rows)
                await queues.SendAsync(row.Queue, row.Body, null, ct);
            return rows.Count;
        }, ct);
}

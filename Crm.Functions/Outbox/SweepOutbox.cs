using Azure.Storage.Queues;
using Crm.Shared.Database;
using Crm.Shared.Integrations.AzureQueues;

namespace Crm.Functions.Outbox;

/// <summary>Relays the messages whose process died, or whose queue did not answer, between their commit and their relay.</summary>
public static class SweepOutbox
{
    /// <summary>A fresh message is being relayed by the request that wrote it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Messages in one transaction: a sweep that is cut repeats no more than these.</summary>
    private const int MostAtOnce = 100;
    private const int MostBatches = 20;

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

    [Function("SweepOutbox")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryMinute)] TimerInfo timer, Db db, QueueServiceClient queues, CancellationToken ct)
    {
        var old = db.Now - Patience;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            if (await Relay(db, queues, old, ct) < MostAtOnce)
                return;
        }
    }

    private static Task<int> Relay(Db db, QueueServiceClient queues, DateTimeOffset old, CancellationToken ct) =>
        db.Transaction(Scope.Global, async tx =>
        {
            var rows = await tx.List<Row>(TakeSql, new { Old = old, MostAtOnce });
            foreach (var row in rows)
                await queues.Send(row.Queue, row.Body, ct);
            return rows.Count;
        }, ct);
}

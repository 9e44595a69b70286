using Crm.Shared.Database;

namespace Crm.Functions.Outbox;

/// <summary>Relays the messages whose process died, or whose queue did not answer, between their commit and their relay.</summary>
public static class SweepOutbox
{
    /// <summary>A fresh message is being relayed by the request that wrote it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long a sweep has for the messages it took; after that another one takes them, and they may come twice.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private const int MostAtOnce = 100;
    private const int MostBatches = 20;

    // Taken and let go of: the queue is called without a row locked or a transaction open.
    private const string TakeSql = """
        update outbox
        set leased_until = @LeaseEnd
        where (organization_id, id) in (
            select organization_id, id
            from outbox
            where created_at <= @Old
              and (leased_until is null or leased_until <= @Now)
            order by created_at, id
            limit @MostAtOnce
            for update skip locked)
        returning organization_id, id, queue, body
        """;

    private const string ReleaseSql = """
        update outbox o
        set leased_until = null
        from unnest(@Organizations, @Ids) as taken (organization_id, id)
        where o.organization_id = taken.organization_id
          and o.id = taken.id
        """;

    public static async Task Handle(Db db, OutboxRelay relay, CancellationToken ct)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            if (await Relay(db, relay, ct) < MostAtOnce)
                return;
        }
    }

    private static async Task<int> Relay(Db db, OutboxRelay relay, CancellationToken ct)
    {
        var taken = await db.List<OutboxMessage>(Scope.Global, TakeSql, new { LeaseEnd = db.Now + Lease, Old = db.Now - Patience, db.Now, MostAtOnce }, ct);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(Lease);
        try
        {
            await relay.Send(taken, time.Token);
        }
        catch
        {
            // Those that were not sent are the next sweep's, at once.
            var args = new { Organizations = taken.Select(row => row.OrganizationId).ToArray(), Ids = taken.Select(row => row.Id).ToArray() };
            await db.Execute(Scope.Global, ReleaseSql, args, CancellationToken.None);
            throw;
        }

        return taken.Count;
    }
}

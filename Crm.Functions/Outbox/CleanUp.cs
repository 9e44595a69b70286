using Crm.Shared.Database;

namespace Crm.Functions.Outbox;

/// <summary>Removes, every night, what has served its time: see <see cref="Retention"/>. It goes on the next night where it was cut off.</summary>
public static class CleanUp
{
    /// <summary>Rows a statement: each is a transaction of its own, some milliseconds long.</summary>
    private const int Batch = 5000;

    // The rows of an import go before it does, and from then on it cannot be undone. One that is being undone keeps them.
    private const string MarkImportsSql = """
        update imports
        set rows_removed_at = @Now
        where rows_removed_at is null
          and created_at < @Old
          and status in ('completed', 'failed', 'undone')
        """;

    [Function("CleanUp")]
    public static async Task Handle(
        [TimerTrigger(Schedules.EveryNight)] TimerInfo timer, Db db, CancellationToken ct)
    {
        await db.Execute(Scope.Global, MarkImportsSql, new { db.Now, Old = db.Now - Retention.ImportRows }, ct);
        foreach (var rule in Retention.Rules)
        {
            var sql = $"""
                delete from {rule.Table}
                where ctid = any (array(
                    select ctid
                    from {rule.Table}
                    where {rule.Expired}
                    limit @Batch))
                """;
            while (await db.Execute(Scope.Global, sql, new { Old = db.Now - rule.Kept, Batch }, ct) == Batch)
                ct.ThrowIfCancellationRequested();
        }
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

/// <summary>Opens, each minute, the snoozed conversations whose time has come.</summary>
public static class WakeConversations
{
    private const int Batch = 500;

    private const string Sql = """
        update conversations
        set status = 'open', snoozed_until = null, updated_at = @Now, version = version + 1
        where (organization_id, id) in (
            select organization_id, id
            from conversations
            where status = 'snoozed' and snoozed_until <= @Now
            order by snoozed_until
            limit @Batch
            for update skip locked)
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        while (await db.Execute(Scope.Global, Sql, new { db.Now, Batch }, ct) == Batch)
            ct.ThrowIfCancellationRequested();
    }
}

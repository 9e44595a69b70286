using Crm.Shared.Database;

namespace Crm.Functions.Outbox;

/// <summary>Removes, every night, what has served its time.</summary>
public static class CleanUp
{
    private const string Sql = """
        delete from idempotency_keys where created_at < @Now - interval '24 hours';
        delete from refresh_tokens where expires_at < @Now;
        delete from login_attempts where last_at < @Now - interval '1 day' and (blocked_until is null or blocked_until < @Now);
        delete from password_resets where expires_at < @Now - interval '30 days';
        """;

    [Function("CleanUp")]
    public static Task Handle(
        [TimerTrigger(Schedules.EveryNight)] TimerInfo timer, Db db, CancellationToken ct) => db.Execute(Scope.Global, Sql, new { db.Now }, ct);
}

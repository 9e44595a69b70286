using Crm.Shared.Database;

namespace Crm.Functions.Auth;

/// <summary>
/// Slows password guessing down: five failures an account and fifty an address in a quarter of an hour, then a wait that doubles.
/// An attempt counts as failed before its password is looked at, so that parallel guesses cannot slip through together.
/// </summary>
public static class LoginThrottle
{
    private const int FailuresPerAccount = 5;
    private const int FailuresPerAddress = 50;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private sealed record Blocked(DateTimeOffset Until);

    // Nothing is counted while one of the two is blocked: who knocks from a blocked address does not lock accounts, and who knocks
    // at a blocked account does not lock out the office.
    private const string CountSql = """
        insert into login_attempts as a (key, failures, last_at)
        select key, 1, @Now
        from unnest(@Keys) as given (key)
        where not exists (select from login_attempts where key = any(@Keys) and blocked_until > @Now)
        order by key
        on conflict (key) do update
        set failures = case when greatest(a.last_at, a.blocked_until) < @WindowStart then 1 else a.failures + 1 end,
            last_at = @Now,
            blocked_until = case
                when greatest(a.last_at, a.blocked_until) < @WindowStart or a.failures + 1 < (@Limits)[array_position(@Keys, a.key)] then null
                else @Now + least(interval '15 minutes', interval '30 seconds' * 2 ^ least(a.failures + 1 - (@Limits)[array_position(@Keys, a.key)], 10)) end
        where a.blocked_until is null or a.blocked_until <= @Now
        returning 1
        """;

    private const string BlockedSql = """
        select max(blocked_until) as until
        from login_attempts
        where key = any(@Keys)
          and blocked_until > @Now
        having max(blocked_until) is not null
        """;

    // Locked in the order in which attempts are counted, or the two would wait for each other.
    private const string ForgiveSql = """
        with mine as (
            select key
            from login_attempts
            where key = any(@Keys)
            order by key
            for update)
        update login_attempts a
        set failures = case when a.key = @Account then 0 else greatest(a.failures - 1, 0) end, blocked_until = null
        from mine
        where a.key = mine.key
        """;

    private const string UnblockSql = """
        delete from login_attempts
        where key = @Account
        """;

    /// <summary>Counts an attempt; returns how long to wait instead when there were too many.</summary>
    public static async Task<TimeSpan?> Count(Db db, string email, string? network, CancellationToken ct)
    {
        var keys = Keys(email, network);
        var now = db.Now;
        int[] limits = [FailuresPerAccount, FailuresPerAddress];
        var counted = await db.List<int>(Scope.Global, CountSql, new { Keys = keys, Limits = limits, Now = now, WindowStart = now - Window }, ct);
        if (counted.Count == keys.Length)
            return null;
        var blocked = await db.Find<Blocked>(Scope.Global, BlockedSql, new { Keys = keys, Now = now }, ct);
        return blocked is null ? TimeSpan.FromSeconds(1) : blocked.Until - now;
    }

    /// <summary>The attempt was right after all.</summary>
    public static Task Forgive(DbTransaction tx, string email, string? network) =>
        tx.Execute(ForgiveSql, new { Keys = Keys(email, network), Account = Account(email) });

    /// <summary>The account's owner has shown to be its owner in another way: nobody has to wait any longer.</summary>
    public static Task Unblock(DbTransaction tx, string email) => tx.Execute(UnblockSql, new { Account = Account(email) });

    private static string[] Keys(string email, string? network) => [Account(email), $"address:{network ?? "unknown"}"];

    private static string Account(string email) => $"account:{email}";
}

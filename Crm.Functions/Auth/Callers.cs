using System.Collections.Concurrent;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

/// <summary>
/// Finds the caller behind a token: the user is active, the session not ended, the token's version current. An answer is
/// remembered for five seconds, so what an owner takes away is gone everywhere within five seconds.
/// </summary>
public sealed class Callers(DbSources sources, IOutboxRelay relay, TimeProvider clock)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private const int MostRemembered = 10_000;

    // Classes, so that a cold start finds the dictionary's code compiled.
    private readonly ConcurrentDictionary<Session, Entry> _known = new();

    private sealed record Session(Guid OrganizationId, Guid Id);

    private sealed record Entry(Row? Row, DateTimeOffset Until);

    private sealed record Row(
        Guid UserId, Guid OrganizationId, Guid SessionId, string Role, int TokenVersion, string Name, string Timezone, string? OwnTimezone);

    private const string Sql = """
        select u.id user_id, u.organization_id, s.id session_id, u.role, u.token_version,
               btrim(u.first_name || ' ' || u.last_name) as name, o.timezone, u.timezone own_timezone
        from sessions s
        join users u on u.organization_id = s.organization_id and u.id = s.user_id
        join organizations o on o.id = s.organization_id
        where s.organization_id = @OrganizationId
          and s.id = @SessionId
          and s.revoked_at is null
          and u.status = 'active'
        """;

    // The id stands for no session.
    private const string UserSql = """
        select u.id user_id, u.organization_id, u.id session_id, u.role, u.token_version,
               btrim(u.first_name || ' ' || u.last_name) as name, o.timezone, u.timezone own_timezone
        from users u
        join organizations o on o.id = u.organization_id
        where u.organization_id = @OrganizationId
          and u.id = @UserId
          and u.status = 'active'
        """;

    public async Task<Caller?> Find(AccessToken token, CancellationToken ct) =>
        await Remember(token.OrganizationId, token.SessionId, ct) is { } row && row.UserId == token.UserId && row.TokenVersion == token.Version
            ? Of(row)
            : null;

    /// <summary>The caller behind a session, whatever token they have.</summary>
    public async Task<Caller?> Find(Guid organizationId, Guid sessionId, CancellationToken ct) =>
        await Remember(organizationId, sessionId, ct) is { } row ? Of(row) : null;

    /// <summary>A user as the caller of what is done for them in the background; null when they are not active any more.</summary>
    public async Task<Caller?> OfUser(Guid organizationId, Guid userId, CancellationToken ct) =>
        await new Db(sources, clock, relay).Find<Row>(new Scope(organizationId), UserSql, new { UserId = userId }, ct) is { } row ? Of(row) : null;

    private async Task<Row?> Remember(Guid organizationId, Guid sessionId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var session = new Session(organizationId, sessionId);
        if (!_known.TryGetValue(session, out var entry) || entry.Until <= now)
        {
            var db = new Db(sources, clock, relay);
            entry = new(await db.Find<Row>(new Scope(organizationId), Sql, new { SessionId = sessionId }, ct), now + Remembered);
            if (_known.Count >= MostRemembered)
                _known.Clear();
            _known[session] = entry;
        }

        return entry.Row;
    }

    private static Caller Of(Row row) => new(
        row.UserId, row.OrganizationId, row.SessionId, Enum.Parse<Role>(row.Role, ignoreCase: true), row.Name, row.Timezone, row.OwnTimezone);

    /// <summary>Forgets everybody, so that a change made through this instance shows at once.</summary>
    public void Forget() => _known.Clear();
}

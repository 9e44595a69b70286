using Crm.Functions.Audit;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class RefreshSession
{
    /// <summary>Two tabs may refresh at the same moment; only a later second use means that the token was stolen.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <param name="RefreshToken">The one of the latest answer.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(200)] string RefreshToken)
    {
        public static Request Example => new("vT0mJw3kq8Xc5Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxY");
    }

    private sealed record Row(Guid OrganizationId, Guid SessionId, Guid UserId, int TokenVersion, DateTimeOffset? UsedAt);

    private const string UseSql = """
        update refresh_tokens t
        set used_at = @Now
        from sessions s
        join users u on u.organization_id = s.organization_id and u.id = s.user_id
        where t.token_hash = @Hash
          and t.used_at is null
          and t.expires_at > @Now
          and s.organization_id = t.organization_id and s.id = t.session_id
          and s.revoked_at is null
          and u.status = 'active'
        returning t.organization_id, t.session_id, s.user_id, u.token_version, t.used_at
        """;

    private const string FindUsedSql = """
        select t.organization_id, t.session_id, s.user_id, 0 as token_version, t.used_at
        from refresh_tokens t
        join sessions s on s.organization_id = t.organization_id and s.id = t.session_id
        where t.token_hash = @Hash
          and t.used_at < @Stolen
          and s.revoked_at is null
        """;

    private const string EndSql = """
        update sessions
        set revoked_at = @Now
        where organization_id = @OrganizationId
          and id = @SessionId
        """;

    /// <summary>Exchanges a refresh token for a new pair of tokens.</summary>
    /// <remarks>POST /auth/login gives the first one. Each refresh token is good once. Using one a second time ends its session: whoever holds the other copy stole it.</remarks>
    [Function("RefreshSession"), Tags("Auth"), AllowAnonymous]
    public static async Task<SignInReply> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/refresh")] Request request, Db db, Sessions sessions, Callers callers, CancellationToken ct)
    {
        var isStolen = false;
        var reply = await db.Transaction<SignInReply>(Scope.Global, async tx =>
        {
            var hash = LinkTokens.Hash(request.RefreshToken);
            if (await tx.Find<Row>(UseSql, new { Hash = hash, tx.Now }) is { } row)
                return await sessions.Issue(tx.In(row.OrganizationId), row.UserId, row.SessionId, row.TokenVersion);

            if (await tx.Find<Row>(FindUsedSql, new { Hash = hash, Stolen = tx.Now - Grace }) is { } stolen)
            {
                var own = tx.In(stolen.OrganizationId);
                await own.Execute(EndSql, new { stolen.SessionId, tx.Now });
                await own.Audit(stolen.UserId, "auth.refresh_token_reused", "session", stolen.SessionId);
                isStolen = true;
            }

            return Errors.InvalidRefreshToken;
        }, ct);
        if (isStolen)
            callers.Forget();
        return reply;
    }
}

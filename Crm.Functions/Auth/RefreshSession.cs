using Crm.Functions.Audit;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class RefreshSession
{
    /// <summary>Two tabs may refresh at the same moment; only a later second use means that the token was stolen.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private sealed record Used(Guid OrganizationId, Guid SessionId, Guid UserId, int TokenVersion, bool IsActive, bool IsRecent, byte[]? NextHash);

    /// <param name="RefreshToken">The one of the latest answer.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(200)] string RefreshToken)
    {
        public static Request Example => new("vT0mJw3kq8Xc5Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxY");
    }

    private sealed record Row(Guid OrganizationId, Guid SessionId, Guid UserId, int TokenVersion);

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
        returning t.organization_id, t.session_id, s.user_id, u.token_version
        """;

    private const string FindUsedSql = """
        select t.organization_id, t.session_id, s.user_id, u.token_version, u.status = 'active' as is_active, t.used_at >= @Stolen as is_recent,
               next.token_hash as next_hash
        from refresh_tokens t
        join sessions s on s.organization_id = t.organization_id and s.id = t.session_id
        join users u on u.organization_id = s.organization_id and u.id = s.user_id
        left join refresh_tokens next
            on next.organization_id = t.organization_id and next.session_id = t.session_id and next.token_hash = any(@Next)
        where t.token_hash = @Hash
          and t.used_at is not null
          and s.revoked_at is null
        """;

    private const string EndSql = """
        update sessions
        set revoked_at = @Now
        where organization_id = @OrganizationId
          and id = @SessionId
        """;

    /// <summary>Exchanges a refresh token for a new pair of tokens.</summary>
    /// <remarks>
    /// POST /auth/login gives the first one. Each refresh token is good once. Within ten seconds it gives the same successor again (two tabs);
    /// using it later ends its session: whoever holds the other copy stole it.
    /// </remarks>
    [Function("RefreshSession"), Tags("Auth"), AllowAnonymous]
    public static async Task<SignInReply> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/refresh")] Request request, Db db,
        Sessions sessions, LinkTokens tokens, Callers callers, CancellationToken ct)
    {
        var isStolen = false;
        var reply = await db.Transaction<SignInReply>(Scope.Global, async tx =>
        {
            var hash = LinkTokens.Hash(request.RefreshToken);
            if (await tx.Find<Row>(UseSql, new { Hash = hash, tx.Now }) is { } row)
                return await sessions.Issue(tx.In(row.OrganizationId), row.UserId, row.SessionId, row.TokenVersion, tokens.RefreshAfter(request.RefreshToken));

            if (await tx.Find<Used>(FindUsedSql, new { Hash = hash, Stolen = tx.Now - Grace, Next = tokens.HashesAfter(request.RefreshToken) }) is not { } used)
                return Errors.InvalidRefreshToken;
            var own = tx.In(used.OrganizationId);
            if (!used.IsRecent)
            {
                await own.Execute(EndSql, new { used.SessionId, tx.Now });
                await own.Audit(used.UserId, "auth.refresh_token_reused", "session", used.SessionId);
                isStolen = true;
                return Errors.InvalidRefreshToken;
            }

            // Its successor is derived from it, and so can be given again.
            return used is { IsActive: true, NextHash: { } next }
                ? await sessions.Show(own, used.UserId, used.SessionId, used.TokenVersion, tokens.RefreshAfter(request.RefreshToken, next))
                : Errors.InvalidRefreshToken;
        }, ct);
        if (isStolen)
            callers.Forget();
        return reply;
    }
}

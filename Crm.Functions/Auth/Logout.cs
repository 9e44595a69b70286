using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

/// <summary>The answer of an action that has nothing to show.</summary>
/// <param name="Ok">Always true.</param>
public sealed record Acknowledged(bool Ok);

public static class Logout
{
    /// <param name="RefreshToken">Of another of one's sessions, to end that one too.</param>
    [ValidatableType]
    public sealed record Request(string? RefreshToken)
    {
        public static Request Example => new("vT0mJw3kq8Xc5Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxY");
    }

    private const string EndSql = """
        update sessions
        set revoked_at = @Now
        where organization_id = @OrganizationId
          and revoked_at is null
          and user_id = @UserId
          and (id = @SessionId
               or id = (select session_id from refresh_tokens where organization_id = @OrganizationId and token_hash = @Hash))
        """;

    /// <summary>Ends this session: its access token and its refresh token stop working.</summary>
    /// <remarks>With the <c>refreshToken</c> of another of one's sessions, which POST /auth/login gave, that one ends too. No body is needed.</remarks>
    [Function("Logout"), Tags("Auth"), Authorize]
    public static async Task<Reply<Acknowledged>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/logout")] Request? request, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        var hash = request?.RefreshToken is { Length: > 0 } token ? LinkTokens.Hash(token) : null;
        await db.Execute(caller.Organization, EndSql, new { caller.UserId, caller.SessionId, Hash = hash, db.Now }, ct);
        callers.Forget();
        return new Acknowledged(true);
    }
}

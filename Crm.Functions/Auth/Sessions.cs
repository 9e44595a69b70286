using System.Reflection;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Auth;

/// <summary>What a successful sign-in returns.</summary>
/// <param name="AccessToken">Send it as <c>Authorization: Bearer …</c>.</param>
/// <param name="RefreshToken">Good once, for a new pair of tokens.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
/// <param name="User">Who signed in.</param>
public sealed record SignedIn(string AccessToken, string RefreshToken, int ExpiresIn, Account User);

/// <summary>Starts and renews sessions.</summary>
public sealed class Sessions(AccessTokens tokens, IOptions<JwtOptions> options)
{
    private const string StartSql = """
        insert into sessions (organization_id, id, user_id, address, user_agent, created_at)
        values (@OrganizationId, @SessionId, @UserId, @Address, left(@UserAgent, 300), @Now)
        """;

    private const string SignedInSql = """
        update users
        set last_login_at = @Now
        where organization_id = @OrganizationId
          and id = @UserId
        returning token_version
        """;

    private const string TokenSql = """
        insert into refresh_tokens (organization_id, id, session_id, token_hash, expires_at, created_at)
        values (@OrganizationId, @Id, @SessionId, @Hash, @ExpiresAt, @Now)
        """;

    private const string AccountSql = $"""
        {Account.Select}
        where u.organization_id = @OrganizationId
          and u.id = @UserId
        """;

    public const string EndAllSql = """
        update sessions
        set revoked_at = @Now
        where organization_id = @OrganizationId
          and user_id = @UserId
          and revoked_at is null
        """;

    /// <summary>Signs a user in: a new session with its first tokens.</summary>
    public async Task<SignedIn> Start(DbTransaction tx, Guid userId, HttpContext context)
    {
        var sessionId = Guid.CreateVersion7(tx.Now);
        await tx.Execute(StartSql, new
        {
            SessionId = sessionId,
            UserId = userId,
            Address = ClientAddress.Of(context),
            UserAgent = context.Request.Headers.UserAgent.ToString(),
            tx.Now,
        });
        var version = await tx.Find<int>(SignedInSql, new { UserId = userId, tx.Now });
        return await Issue(tx, userId, sessionId, version, LinkTokens.Random());
    }

    /// <summary>The next pair of tokens of a session.</summary>
    public async Task<SignedIn> Issue(DbTransaction tx, Guid userId, Guid sessionId, int tokenVersion, string refreshToken)
    {
        await tx.Execute(TokenSql, new
        {
            Id = Guid.CreateVersion7(tx.Now),
            SessionId = sessionId,
            Hash = LinkTokens.Hash(refreshToken),
            ExpiresAt = tx.Now.AddDays(options.Value.RefreshTokenDays),
            tx.Now,
        });
        return await Show(tx, userId, sessionId, tokenVersion, refreshToken);
    }

    /// <summary>An access token beside a refresh token that was issued already.</summary>
    public async Task<SignedIn> Show(DbTransaction tx, Guid userId, Guid sessionId, int tokenVersion, string refreshToken)
    {
        var account = await tx.Find<Account>(AccountSql, new { UserId = userId });
        return new(tokens.Issue(userId, tx.Scope.OrganizationId, sessionId, tokenVersion), refreshToken, (int)tokens.Lifetime.TotalSeconds, account!);
    }
}

/// <summary>A sign-in's answer: the envelope, with the token and the user once more at its top, where the guide's first phase has them.</summary>
public sealed class SignInReply : Reply<SignedIn>, IEndpointMetadataProvider
{
    private SignInReply(SignedIn data) : base(data)
    {
    }

    private SignInReply(Error error) : base(error)
    {
    }

    /// <summary>201 where the sign-in is the first one of an account just made.</summary>
    public bool IsNewAccount { get; init; }

    protected override int Status => IsNewAccount ? StatusCodes.Status201Created : StatusCodes.Status200OK;

    public static implicit operator SignInReply(SignedIn data) => new(data);

    public static implicit operator SignInReply(Error error) => new(error);

    public static SignInReply NewAccount(SignedIn data) => new(data) { IsNewAccount = true };

    protected override Task Write(HttpContext context, SignedIn data) =>
        context.Response.WriteAsJsonAsync(new Mirrored(true, data, data.AccessToken, data.User), context.RequestAborted);

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Describe(builder, method.DeclaringType == typeof(AcceptInvitation) ? StatusCodes.Status201Created : StatusCodes.Status200OK, typeof(Mirrored));

    public sealed record Mirrored(bool Success, SignedIn Data, string AccessToken, Account User);
}

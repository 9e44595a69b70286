using Crm.Functions.Audit;
using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class ResetPassword
{
    /// <param name="Token">From the link in the mail.</param>
    /// <param name="Password">8 to 128 characters, not one of the most common ones.</param>
    /// <param name="ConfirmPassword">When given, must equal <c>password</c>.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(200)] string Token, [Needed] string Password, string? ConfirmPassword)
    {
        public static Request Example => new("q8Xc5Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3k", "correct horse battery", "correct horse battery");
    }

    private sealed record Row(Guid OrganizationId, Guid UserId, string Email, string FirstName);

    private const string UseSql = """
        update password_resets r
        set used_at = @Now
        from users u
        where r.token_hash = @Hash
          and r.used_at is null
          and r.expires_at > @Now
          and u.organization_id = r.organization_id and u.id = r.user_id
          and u.status = 'active'
        returning r.organization_id, r.user_id, u.email, u.first_name
        """;

    private const string StatusSql = """
        select case when r.used_at is not null or u.status <> 'active' then 'used' when r.expires_at <= @Now then 'expired' else 'good' end
        from password_resets r
        join users u on u.organization_id = r.organization_id and u.id = r.user_id
        where r.token_hash = @Hash
        """;

    // The other links the account asked for end with this one.
    private const string EndOthersSql = """
        update password_resets
        set used_at = @Now
        where organization_id = @OrganizationId
          and user_id = @UserId
          and used_at is null
        """;

    private const string SetSql = """
        update users
        set password_hash = @PasswordHash, token_version = token_version + 1, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Sets a new password with the link from the mail, and ends all sessions of the account.</summary>
    /// <remarks>POST /auth/forgot-password sends the mail; its link ends with the token.</remarks>
    [Function("ResetPassword"), Tags("Auth"), AllowAnonymous]
    public static async Task<Reply<Acknowledged>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/reset-password")] Request request, Db db, Callers callers, CancellationToken ct)
    {
        if (Passwords.Fault(request.Password) is { } fault)
            return Error.Invalid("password", fault);
        if (request.ConfirmPassword is not null && request.ConfirmPassword != request.Password)
            return Errors.PasswordMismatch;

        var hash = LinkTokens.Hash(request.Token);
        // Looked up first so that a wrong link costs no password hash; decided by the update below.
        if (Refusal(await db.Find<string>(Scope.Global, StatusSql, new { Hash = hash, db.Now }, ct)) is { } refusal)
            return refusal;

        var passwordHash = Passwords.Hash(request.Password);
        var reply = await db.Transaction<Reply<Acknowledged>>(Scope.Global, async tx =>
        {
            if (await tx.Find<Row>(UseSql, new { Hash = hash, tx.Now }) is not { } row)
                return Refusal(await tx.Find<string>(StatusSql, new { Hash = hash, tx.Now })) ?? Errors.ResetInvalid;

            // Before the user's row, as a sign-in does.
            await LoginThrottle.Unblock(tx, Emails.Normalize(row.Email));
            var own = tx.In(row.OrganizationId);
            await own.Execute(EndOthersSql, new { row.UserId, tx.Now });
            await own.Execute(SetSql, new { row.UserId, PasswordHash = passwordHash, tx.Now });
            await own.Execute(Sessions.EndAllSql, new { row.UserId, tx.Now });
            await own.Audit(row.UserId, "auth.password_reset", "user", row.UserId);
            await own.SendEmail(row.Email, new PasswordChangedLetter(row.FirstName));
            return new Acknowledged(true);
        }, ct);
        callers.Forget();
        return reply;
    }

    private static Error? Refusal(string? status) => status switch
    {
        "good" => null,
        "expired" => Errors.ResetExpired,
        _ => Errors.ResetInvalid,
    };
}

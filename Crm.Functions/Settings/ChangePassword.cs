using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Settings;

public static class ChangePassword
{
    /// <param name="CurrentPassword">The password until now.</param>
    /// <param name="NewPassword">8 to 128 characters, not one of the most common ones.</param>
    /// <param name="ConfirmPassword">The new password once more.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(200)] string CurrentPassword, [Needed] string NewPassword, [Needed] string ConfirmPassword)
    {
        public static Request Example => new("Passw0rd!demo", "correct horse battery", "correct horse battery");
    }

    /// <param name="Changed">Always true.</param>
    /// <param name="AccessToken">Replaces the one this request was sent with, which is not valid any more.</param>
    /// <param name="ExpiresIn">Seconds until it expires.</param>
    public sealed record Response(bool Changed, string AccessToken, int ExpiresIn);

    private sealed record Row(string Email, string FirstName, int TokenVersion);

    private const string FindSql = """
        select password_hash
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    // Of two changes at once the second finds another password than the one it was checked against.
    private const string SetSql = """
        update users
        set password_hash = @PasswordHash, token_version = token_version + 1, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @UserId
          and password_hash = @OldHash
          and status = 'active'
        returning email, first_name, token_version
        """;

    private const string EndOthersSql = """
        update sessions
        set revoked_at = @Now
        where organization_id = @OrganizationId
          and user_id = @UserId
          and id <> @SessionId
          and revoked_at is null
        """;

    // A link that was asked for earlier must not undo the change.
    private const string EndLinksSql = """
        update password_resets
        set used_at = @Now
        where organization_id = @OrganizationId
          and user_id = @UserId
          and used_at is null
        """;

    /// <summary>Changes the caller's password and ends all their other sessions.</summary>
    /// <remarks>
    /// This session goes on with the <c>accessToken</c> of the reply; its refresh token stays good. A wrong current password is 400
    /// INVALID_PASSWORD; after five of them in a quarter of an hour the answer is 429 with <c>Retry-After</c>.
    /// </remarks>
    [Function("ChangePassword"), Tags("Settings"), Authorize]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "settings/password")] Request request,
        HttpContext context, Caller caller, Db db, AccessTokens tokens, Callers callers, CancellationToken ct)
    {
        if (request.NewPassword != request.ConfirmPassword)
            return Errors.PasswordMismatch;
        if (Passwords.Fault(request.NewPassword) is { } fault)
            return Error.Invalid("newPassword", $"The new {fault}");
        if (request.NewPassword == request.CurrentPassword)
            return Error.Invalid("newPassword", "newPassword must differ from currentPassword.");

        // Counted apart from failed sign-ins: guessing on one of the two doors does not close the other.
        var account = caller.UserId.ToString();
        var network = ClientAddress.Network(context);
        if (await LoginThrottle.Count(db, account, network, ct) is { } wait)
            return Errors.TooManyAttempts with { RetryAfter = wait };

        var oldHash = await db.Find<string>(caller.Organization, FindSql, new { caller.UserId }, ct);
        if (!Passwords.Verify(oldHash, request.CurrentPassword))
            return Errors.InvalidPassword;

        var passwordHash = Passwords.Hash(request.NewPassword);
        var reply = await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var mine = new { caller.UserId, caller.SessionId, tx.Now };
            // Before the user's row, as a sign-in does.
            await LoginThrottle.Forgive(tx, account, network);
            if (await tx.Find<Row>(SetSql, new { mine.UserId, PasswordHash = passwordHash, OldHash = oldHash, mine.Now }) is not { } row)
            {
                tx.Abandon();
                return Errors.InvalidPassword;
            }

            await tx.Execute(EndOthersSql, mine);
            await tx.Execute(EndLinksSql, mine);
            await tx.Audit(caller.UserId, "auth.password_changed", "user", caller.UserId);
            await tx.SendEmail(row.Email, new PasswordChangedLetter(row.FirstName, BySignedInUser: true));
            return new Response(
                true, tokens.Issue(caller.UserId, caller.OrganizationId, caller.SessionId, row.TokenVersion), (int)tokens.Lifetime.TotalSeconds);
        }, ct);
        callers.Forget();
        return reply;
    }
}

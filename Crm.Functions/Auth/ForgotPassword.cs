using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class ForgotPassword
{
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(1);

    /// <summary>Asking again within this time sends no second mail.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The answer comes this long after the request, or a multiple of it when the work takes longer: how long the work took, which tells whether there was any,
    /// cannot be seen from outside.
    /// </summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(400);

    [ValidatableType]
    public sealed record Request([Needed, Email] string Email)
    {
        public static Request Example => new("staff@acme.test");
    }

    private sealed record Row(Guid OrganizationId, Guid Id, string Email, string FirstName);

    private const string FindSql = """
        select organization_id, id, email, first_name
        from users
        where lower(email) = @Email
          and status = 'active'
        """;

    // Two who ask at the same moment come one after the other, and the second finds the first one's link.
    private const string LockSql = """
        select id
        from users
        where organization_id = @OrganizationId
          and id = @Id
        for no key update
        """;

    private const string AskSql = """
        insert into password_resets (organization_id, id, user_id, token_hash, expires_at, created_at)
        select @OrganizationId, @Id, @UserId, @Hash, @ExpiresAt, @Now
        where not exists (
            select from password_resets
            where organization_id = @OrganizationId and user_id = @UserId and used_at is null and created_at > @QuietSince)
        """;

    /// <summary>Mails a link to choose a new password.</summary>
    /// <remarks>Always answers 200, so that nobody learns who has an account. The link is good for an hour, once.</remarks>
    [Function("ForgotPassword"), Tags("Auth"), AllowAnonymous]
    public static async Task<Reply<Acknowledged>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/forgot-password")] Request request, Db db, LinkTokens links, TimeProvider clock, CancellationToken ct)
    {
        var begun = clock.GetTimestamp();
        if (await db.Find<Row>(Scope.Global, FindSql, new { Email = Emails.Normalize(request.Email) }, ct) is { } user)
            await Ask(db, links, user, ct);
        await Task.Delay(AnswerTime - TimeSpan.FromTicks(clock.GetElapsedTime(begun).Ticks % AnswerTime.Ticks), clock, ct);
        return new Acknowledged(true);
    }

    private static Task<bool> Ask(Db db, LinkTokens links, Row user, CancellationToken ct) =>
        db.Transaction(new Scope(user.OrganizationId), async tx =>
        {
            await tx.Find<Guid>(LockSql, new { user.Id });
            var id = Guid.CreateVersion7(tx.Now);
            var hash = LinkTokens.Hash(links.PasswordReset(id));
            var asked = await tx.Execute(AskSql, new
            {
                Id = id,
                UserId = user.Id,
                Hash = hash,
                ExpiresAt = tx.Now + LinkLifetime,
                tx.Now,
                QuietSince = tx.Now - QuietTime,
            });
            if (asked == 1)
                await tx.SendEmail(user.Email, new PasswordResetLetter(id, user.FirstName, hash));
            return true;
        }, ct);
}

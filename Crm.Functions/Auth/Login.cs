using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class Login
{
    [ValidatableType]
    public sealed record Request([Needed, Email] string Email, [Needed, Text(200)] string Password)
    {
        public static Request Example => new("owner@acme.test", "Passw0rd!demo");
    }

    private sealed record Row(Guid OrganizationId, Guid Id, string Status, string? PasswordHash);

    private const string FindSql = """
        select organization_id, id, status, password_hash
        from users
        where lower(email) = @Email
        """;

    /// <summary>Signs in with e-mail and password.</summary>
    /// <remarks>After five failures in a quarter of an hour an account answers 429 with <c>Retry-After</c>.</remarks>
    [Function("Login"), Tags("Auth"), AllowAnonymous]
    public static async Task<SignInReply> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/login")] Request request, HttpContext context, Db db, Sessions sessions, CancellationToken ct)
    {
        var email = Emails.Normalize(request.Email);
        var address = ClientAddress.Of(context);
        var network = ClientAddress.Network(context);
        if (await LoginThrottle.Count(db, email, network, ct) is { } wait)
            return Errors.TooManyAttempts with { RetryAfter = wait };

        var user = await db.Find<Row>(Scope.Global, FindSql, new { Email = email }, ct);
        if (!Passwords.Verify(user?.PasswordHash, request.Password))
        {
            if (user is not null)
                await Record(db, user, "auth.login_failed", address, ct);
            return Errors.InvalidCredentials;
        }

        if (user!.Status != "active")
            return Errors.AccountInactive;

        return await db.Transaction(new Scope(user.OrganizationId), async tx =>
        {
            await LoginThrottle.Forgive(tx, email, network);
            await tx.Audit(user.Id, "auth.login", "user", user.Id, address: address);
            return await sessions.Start(tx, user.Id, context);
        }, ct);
    }

    private static Task<bool> Record(Db db, Row user, string action, string? address, CancellationToken ct) =>
        db.Transaction(new Scope(user.OrganizationId), async tx =>
        {
            await tx.Audit(null, action, "user", user.Id, address: address);
            return true;
        }, ct);
}

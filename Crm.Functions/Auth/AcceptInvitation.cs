using System.ComponentModel.DataAnnotations;
using Crm.Functions.Audit;
using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class AcceptInvitation
{
    /// <param name="Token">From the link in the mail.</param>
    /// <param name="Name">The full name, or give <c>firstName</c> and <c>lastName</c>.</param>
    /// <param name="FirstName">The first name.</param>
    /// <param name="LastName">The last name.</param>
    /// <param name="Password">8 to 128 characters, not one of the most common ones.</param>
    /// <param name="ConfirmPassword">When given, must equal <c>password</c>.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(200)] string Token,
        [Text(200)] string? Name,
        [Text(100)] string? FirstName,
        [Text(100)] string? LastName,
        [Needed] string Password,
        string? ConfirmPassword) : IValidatableObject
    {
        public static Request Example =>
            new("Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3kq8Xc5", "Sam Rivera", null, null, "correct horse battery", "correct horse battery");

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (string.IsNullOrWhiteSpace(Name) && string.IsNullOrWhiteSpace(FirstName))
                yield return new("Give name, or firstName and lastName.", [nameof(Name)]);
            if (Password is { Length: > 0 } && Passwords.Fault(Password) is { } fault)
                yield return new(fault, [nameof(Password)]);
        }
    }

    private sealed record Row(
        Guid OrganizationId, Guid Id, string Email, string Role, Guid InvitedBy, string InviterEmail, string InviterFirstName, bool InviterIsActive);

    // One accept wins: the others find the status changed.
    private const string AcceptSql = """
        update invitations i
        set status = 'accepted', accepted_at = @Now
        from users u
        where i.token_hash = @Hash
          and i.status = 'pending'
          and i.expires_at > @Now
          and u.organization_id = i.organization_id and u.id = i.invited_by
        returning i.organization_id, i.id, i.email, i.role, i.invited_by,
                  u.email as inviter_email, u.first_name as inviter_first_name, u.status = 'active' as inviter_is_active
        """;

    private const string StatusSql = """
        select case when status = 'pending' and expires_at <= @Now then 'expired' else status end
        from invitations
        where token_hash = @Hash
        """;

    private const string CreateSql = """
        insert into users (organization_id, id, email, first_name, last_name, role, password_hash, created_at, updated_at)
        values (@OrganizationId, @UserId, @Email, @First, @Last, @Role, @PasswordHash, @Now, @Now)
        on conflict (lower(email)) do nothing
        """;

    /// <summary>Accepts an invitation: makes the account with the role it was given, and signs in.</summary>
    /// <remarks>POST /auth/invite sends the mail; its link ends with the token.</remarks>
    [Function("AcceptInvitation"), Tags("Auth"), AllowAnonymous]
    public static async Task<SignInReply> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/accept-invitation")] Request request, HttpContext context, Db db, Sessions sessions, CancellationToken ct)
    {
        if (request.ConfirmPassword is not null && request.ConfirmPassword != request.Password)
            return Errors.PasswordMismatch;

        var hash = LinkTokens.Hash(request.Token);
        // Looked up first so that a wrong link costs no password hash; decided by the update below.
        if (Refusal(await db.Find<string>(Scope.Global, StatusSql, new { Hash = hash, db.Now }, ct)) is { } refusal)
            return refusal;

        var passwordHash = Passwords.Hash(request.Password);
        var (first, last) = PersonName.From(request.Name, request.FirstName, request.LastName);
        return await db.Transaction<SignInReply>(Scope.Global, async global =>
        {
            if (await global.Find<Row>(AcceptSql, new { Hash = hash, global.Now }) is not { } invitation)
                return Refusal(await global.Find<string>(StatusSql, new { Hash = hash, global.Now })) ?? Errors.InvitationInvalid;

            var tx = global.In(invitation.OrganizationId);
            var userId = Guid.CreateVersion7(tx.Now);
            var made = await tx.Execute(CreateSql, new
            {
                UserId = userId,
                invitation.Email,
                First = first ?? "",
                Last = last ?? "",
                invitation.Role,
                PasswordHash = passwordHash,
                tx.Now,
            });
            if (made == 0)
            {
                global.Abandon();
                return Errors.UserExists;
            }

            var name = $"{first} {last}".Trim();
            if (invitation.InviterIsActive)
                await tx.SendEmail(invitation.InviterEmail, new InvitationAcceptedLetter(invitation.InviterFirstName, name, invitation.Email));
            await tx.Audit(userId, "user.invitation_accepted", "invitation", invitation.Id);
            return SignInReply.NewAccount(await sessions.Start(tx, userId, context));
        }, ct);
    }

    private static Error? Refusal(string? status) => status switch
    {
        "pending" => null,
        "accepted" => Errors.InvitationUsed,
        "expired" => Errors.InvitationExpired,
        _ => Errors.InvitationInvalid,
    };
}

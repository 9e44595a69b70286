using Crm.Functions.Audit;
using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Auth;

public static class InviteUser
{
    [ValidatableType]
    public sealed record Request([Needed, Email] string Email, [Needed, OneOf("manager", "staff")] string Role, [Text(200)] string? Name)
    {
        public static Request Example => new("sam.rivera@example.com", "staff", "Sam Rivera");
    }

    public static readonly Error StaffOnly = Errors.Forbidden with { Message = "Managers invite staff only: ask an owner." };

    private sealed record Row(Guid Id, int Issue, string? Name, string Organization);

    public const string ExistsSql = """
        select true
        from users
        where lower(email) = @Email
        """;

    // A pending invitation of the same address is issued again: new link, old one dead. A manager re-issues only their own, and
    // what somebody else let expire.
    private const string UpsertSql = """
        insert into invitations as i (organization_id, id, email, role, name, invited_by, token_hash, expires_at, created_at)
        values (@OrganizationId, @Id, @Email, @Role, @Name, @UserId, @Hash, @ExpiresAt, @Now)
        on conflict (organization_id, lower(email)) where status = 'pending' do update
        set role = excluded.role, name = coalesce(excluded.name, i.name), invited_by = excluded.invited_by,
            issue = i.issue + 1, expires_at = excluded.expires_at
        where @InviterId::uuid is null or i.invited_by = @InviterId or i.expires_at <= @Now
        returning id, issue, name, (select name from organizations where id = @OrganizationId) as organization
        """;

    /// <summary>Stores the hash of the link that belongs to the current issue.</summary>
    public const string TokenSql = """
        update invitations
        set token_hash = @Hash
        where organization_id = @OrganizationId
          and id = @Id
        """;

    public const string FindSql = $"""
        {Invitation.Select}
        where i.organization_id = @OrganizationId
          and i.id = @Id
        """;

    /// <summary>Invites a colleague by e-mail.</summary>
    /// <remarks>Owners invite managers and staff, managers staff. Inviting an address again sends a new link and ends the old one.</remarks>
    [Function("InviteUser"), Tags("Auth"), Allow(Permission.InviteUsers)]
    public static async Task<Created<Invitation>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/invite")] Request request,
        Caller caller, Db db, LinkTokens links, IOptions<SendGridOptions> mail, CancellationToken ct)
    {
        var role = request.Role.ToLowerInvariant();
        if (!MayInvite(caller, role))
            return StaffOnly;

        var email = Emails.Normalize(request.Email);
        if (await db.Find<bool>(Scope.Global, ExistsSql, new { Email = email }, ct))
            return Errors.UserExists;

        return await db.Transaction<Created<Invitation>>(caller.Organization, async tx =>
        {
            var id = Guid.CreateVersion7(tx.Now);
            var row = await tx.Find<Row>(UpsertSql, new
            {
                Id = id,
                Email = email,
                Role = role,
                Name = string.IsNullOrWhiteSpace(request.Name) ? null : request.Name.Trim(),
                caller.UserId,
                Hash = LinkTokens.Hash(links.Invitation(id, 1)),
                ExpiresAt = tx.Now + Invitation.Lifetime,
                tx.Now,
                InviterId = caller.Scope.OwnerId,
            });
            if (row is null)
                return Errors.Forbidden with { Message = "Somebody else invited this address already." };

            var hash = LinkTokens.Hash(links.Invitation(row.Id, row.Issue));
            await tx.Execute(TokenSql, new { row.Id, Hash = hash });
            await tx.SendEmail(email, new InvitationLetter(row.Id, row.Issue, row.Organization, caller.Name, role, row.Name, hash));
            await tx.Audit(caller.UserId, "user.invited", "invitation", row.Id, new { email, role });
            return (await tx.Find<Invitation>(FindSql, new { row.Id, tx.Now }))! with { EmailSent = mail.Value.IsConfigured };
        }, ct);
    }

    public static bool MayInvite(Caller caller, string role) => caller.Reach == Reach.All || role == "staff";
}

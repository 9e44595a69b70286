using Crm.Functions.Audit;
using Crm.Functions.Email;
using Crm.Functions.Tokens;
using Crm.Shared.Database;
using Crm.Shared.Integrations.SendGrid;
using Microsoft.Extensions.Options;

namespace Crm.Functions.Auth;

public static class ResendInvitation
{
    private sealed record Row(string Email, string Role, string? Name, int Issue, string Organization);

    private const string IssueSql = """
        update invitations i
        set issue = i.issue + 1, expires_at = @ExpiresAt
        from organizations o
        where i.organization_id = @OrganizationId
          and i.id = @Id
          and i.status = 'pending'
          and (@InviterId::uuid is null or i.invited_by = @InviterId)
          and o.id = i.organization_id
        returning i.email, i.role, i.name, i.issue, o.name as organization
        """;

    /// <summary>Mails the invitation again with a new link and seven more days; the old link ends.</summary>
    [Function("ResendInvitation"), Tags("Auth"), Allow(Permission.InviteUsers)]
    public static Task<Reply<Invitation>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "auth/invitations/{id:guid}/resend")] HttpRequest http,
        Guid id, Caller caller, Db db, LinkTokens links, IOptions<SendGridOptions> mail, CancellationToken ct) =>
        db.Transaction<Reply<Invitation>>(caller.Organization, async tx =>
        {
            var row = await tx.Find<Row>(IssueSql, new { Id = id, InviterId = caller.Scope.OwnerId, ExpiresAt = tx.Now + Invitation.Lifetime });
            if (row is null)
                return await RevokeInvitation.Refusal(tx, caller, id);
            if (await Refusal(db, caller, row, ct) is { } refusal)
            {
                tx.Abandon();
                return refusal;
            }

            var hash = LinkTokens.Hash(links.Invitation(id, row.Issue));
            await tx.Execute(InviteUser.TokenSql, new { Id = id, Hash = hash });
            await tx.SendEmail(row.Email, new InvitationLetter(id, row.Issue, row.Organization, caller.Name, row.Role, row.Name, hash));
            await tx.Audit(caller.UserId, "user.invitation_resent", "invitation", id);
            return (await tx.Find<Invitation>(InviteUser.FindSql, new { Id = id, tx.Now }))! with { EmailSent = mail.Value.IsConfigured };
        }, ct);

    private static async Task<Error?> Refusal(Db db, Caller caller, Row row, CancellationToken ct)
    {
        if (!InviteUser.MayInvite(caller, row.Role))
            return InviteUser.StaffOnly;
        return await db.Find<bool>(Scope.Global, InviteUser.ExistsSql, new { row.Email }, ct) ? Errors.UserExists : null;
    }
}

using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class PreviewInvitation
{
    /// <summary>What the invited person sees before accepting.</summary>
    public sealed record Preview(string Email, string? Name, string Role, string OrganizationName, string InvitedBy, DateTimeOffset ExpiresAt);

    private sealed record Row(string Email, string? Name, string Role, string OrganizationName, string InvitedBy, DateTimeOffset ExpiresAt, string Status);

    private const string Sql = """
        select i.email, i.name, i.role, o.name as organization_name, btrim(u.first_name || ' ' || u.last_name) as invited_by, i.expires_at, i.status
        from invitations i
        join users u on u.organization_id = i.organization_id and u.id = i.invited_by
        join organizations o on o.id = i.organization_id
        where i.token_hash = @Hash
        """;

    /// <summary>Shows an invitation before it is accepted; changes nothing.</summary>
    /// <param name="token" example="Zr1uN9yB2aLd7Fh4Gs6PeQoRiUtWxYvT0mJw3kq8Xc5">The end of the link in the mail that POST /auth/invite sends.</param>
    [Function("PreviewInvitation"), Tags("Auth"), AllowAnonymous]
    public static async Task<Reply<Preview>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "auth/invitations/{token}/preview")] HttpRequest http, string token, Db db, CancellationToken ct) =>
        await db.Find<Row>(Scope.Global, Sql, new { Hash = LinkTokens.Hash(token) }, ct) switch
        {
            null or { Status: "revoked" } => Errors.InvitationInvalid,
            { Status: "accepted" } => Errors.InvitationUsed,
            var row when row.ExpiresAt <= db.Now => Errors.InvitationExpired,
            var row => new Preview(row.Email, row.Name, row.Role, row.OrganizationName, row.InvitedBy, row.ExpiresAt),
        };
}

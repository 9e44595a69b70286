using Crm.Functions.Audit;
using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class RevokeInvitation
{
    /// <param name="Id">The invitation.</param>
    /// <param name="Status">revoked.</param>
    public sealed record Response(Guid Id, string Status);

    private const string RevokeSql = """
        update invitations
        set status = 'revoked'
        where organization_id = @OrganizationId
          and id = @Id
          and status = 'pending'
          and (@InviterId::uuid is null or invited_by = @InviterId)
        """;

    private const string FindSql = """
        select status
        from invitations
        where organization_id = @OrganizationId
          and id = @Id
          and (@InviterId::uuid is null or invited_by = @InviterId)
        """;

    private const string ExistsSql = """
        select true
        from invitations
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Takes an invitation back: its link ends. Doing so twice is fine.</summary>
    [Function("RevokeInvitation"), Tags("Auth"), Allow(Permission.InviteUsers)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "auth/invitations/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var revoked = await tx.Execute(RevokeSql, Args(caller, id));
            if (revoked == 1)
                await tx.Audit(caller.UserId, "user.invitation_revoked", "invitation", id);
            else if (await tx.Find<string>(FindSql, Args(caller, id)) != "revoked")
                return await Refusal(tx, caller, id);
            return new Response(id, "revoked");
        }, ct);

    /// <summary>Why an invitation cannot be touched: accepted already, somebody else's, or not there.</summary>
    public static async Task<Error> Refusal(DbTransaction tx, Caller caller, Guid id) =>
        await tx.Find<string>(FindSql, Args(caller, id)) switch
        {
            "accepted" => Errors.InvitationUsed,
            null when await tx.Find<bool>(ExistsSql, Args(caller, id)) => Errors.Forbidden,
            _ => Errors.InvitationNotFound,
        };

    private static object Args(Caller caller, Guid id) =>
        new { Id = id, InviterId = caller.Scope.OwnerId };
}

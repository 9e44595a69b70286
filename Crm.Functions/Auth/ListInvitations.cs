using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class ListInvitations
{
    public sealed record Response(IReadOnlyList<Invitation> Invitations, PageMeta Meta);

    private const string Where = """
        where i.organization_id = @OrganizationId
          and (@InviterId::uuid is null or i.invited_by = @InviterId)
          and (@Status::text is null or case when i.status = 'pending' and i.expires_at <= @Now then 'expired' else i.status end = @Status)
        """;

    private const string Sql = $"""
        {Invitation.Select}
        {Where}
        order by i.created_at desc, i.id desc
        limit @Size
        offset @Offset
        """;

    private const string CountSql = $"""
        select count(*)
        from invitations i
        {Where}
        """;

    /// <summary>The invitations of the organisation, newest first; managers see the ones they sent.</summary>
    /// <param name="status">Only these; all by default.</param>
    [Function("ListInvitations"), Tags("Auth"), Allow(Permission.InviteUsers)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "auth/invitations")] HttpRequest http,
        [OneOf("pending", "accepted", "revoked", "expired")] string? status, Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var args = new
        {
            InviterId = caller.Scope.OwnerId,
            Status = status?.ToLowerInvariant(),
            db.Now,
            paging.Size,
            paging.Offset,
        };
        var total = await db.Find<long>(caller.Organization, CountSql, args, ct);
        var invitations = await db.List<Invitation>(caller.Organization, Sql, args, ct);

        return new Response(invitations, PageMeta.Of(paging, new(total, false)));
    }
}

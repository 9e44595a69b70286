using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox.CannedReplies;

public static class DeleteCannedReply
{
    public sealed record Response(Guid Id);

    private const string Sql = """
        delete from canned_replies
        where organization_id = @OrganizationId
          and id = @Id
          and (@OwnerId::uuid is null or creator_id = @OwnerId)
        """;

    /// <summary>Deletes a canned reply, for staff one of their own.</summary>
    [Function("DeleteCannedReply"), Tags("Inbox"), Allow(Permission.EditCannedReplies)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "inbox/canned-replies/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if (await tx.Execute(Sql, new { Id = id }) == 0)
                return await Access.Refusal(tx, Owned.CannedReply, id, Errors.CannedReplyNotFound);
            await tx.Audit(caller.UserId, "canned_reply.deleted", "canned_reply", id);
            return new Response(id);
        }, ct);
}

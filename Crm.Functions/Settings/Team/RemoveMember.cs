using System.Text.Json.Serialization;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

public static class RemoveMember
{
    /// <param name="Id">The member.</param>
    /// <param name="Status">inactive.</param>
    /// <param name="Reassigned">What went over to <c>reassignTo</c> already.</param>
    /// <param name="HandOver">Where there is so much that it goes on for a while: how far it has come.</param>
    public sealed record Response(
        Guid Id, string Status, Reassigned Reassigned, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HandOver? HandOver = null);

    private const string RemoveSql = """
        update users
        set status = 'inactive', deleted_at = @Now, updated_at = @Now, token_version = token_version + 1
        where organization_id = @OrganizationId
          and id = @UserId
          and deleted_at is null
        """;

    private const string HandOverSql = $"""
        insert into hand_overs (organization_id, id, from_id, to_id, actor_id, total, created_at, updated_at)
        select @OrganizationId, @Id, @UserId, @ReassignTo, @ActorId,
               (select count(*) from contacts where organization_id = @OrganizationId and owner_id = @UserId and deleted_at is null)
               + (select count(*) from deals where organization_id = @OrganizationId and owner_id = @UserId and status = 'open' and deleted_at is null)
               + (select count(*) from tasks
                  where organization_id = @OrganizationId and assignee_id = @UserId and status {TaskStates.AreOpenSql} and deleted_at is null)
               + (select count(*) from campaigns where organization_id = @OrganizationId and creator_id = @UserId and deleted_at is null)
               + (select count(*) from conversations where organization_id = @OrganizationId and assignee_id = @UserId and status <> 'closed')
               + (select count(*)
                  from invoices
                  where organization_id = @OrganizationId and creator_id = @UserId and status in ('draft', 'sent') and deleted_at is null),
               @Now, @Now
        """;

    // What nobody takes over waits for everybody.
    private const string LockConversationsSql = """
        select id
        from conversations
        where organization_id = @OrganizationId
          and assignee_id = @UserId
          and status <> 'closed'
        order by id
        for no key update
        """;

    private const string ReleaseSql = """
        update conversations
        set assignee_id = null, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = any(@Ids)
        """;

    // What is still on its way to the member goes on to whoever takes over from them; what was on its way from that one is there already.
    // What of the member's own is still on its way to somebody else goes to the successor, too.
    private const string RedirectSql = """
        update hand_overs
        set to_id = case when to_id = @UserId then @ReassignTo else to_id end, updated_at = @Now,
            status = case when from_id in (@ReassignTo, @UserId) then 'completed' else status end,
            finished_at = case when from_id in (@ReassignTo, @UserId) then @Now end
        where organization_id = @OrganizationId
          and @UserId in (from_id, to_id)
          and status = 'running'
        """;

    /// <summary>Removes a member: they are signed out everywhere, cannot sign in any more and leave the lists.</summary>
    /// <remarks>
    /// Their contacts, open deals, open invoices, open tasks and campaigns stay theirs and their conversations become nobody's, or all go to the active
    /// member <c>reassignTo</c>; removing them again with <c>reassignTo</c> hands over what was left. Some thousand records go over while you wait, more go
    /// on in the background:
    /// GET /settings/team/{userId}/hand-over shows how far. Their e-mail stays taken, because all they did stays theirs: they come back with
    /// <c>PATCH {"status":"active"}</c>, not by an invitation.
    /// </remarks>
    /// <param name="reassignTo">The active member who takes the contacts, open deals, open invoices, open tasks and campaigns over.</param>
    [Function("RemoveTeamMember"), Tags("Team"), Allow(Permission.ManageTeam)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "settings/team/{userId:guid}")] HttpRequest http,
        Guid userId, Guid? reassignTo, Caller caller, Db db, Callers callers, CancellationToken ct)
    {
        if (userId == caller.UserId)
            return Errors.CannotRemoveSelf;
        if (reassignTo == userId)
            return Error.Invalid("reassignTo", "reassignTo must be somebody else.");

        var reply = await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            var members = await Members.Lock(tx, userId, reassignTo ?? userId);
            if (members.Find(userId) is not { } member)
                return Errors.UserNotFound;
            if (members.Refusal(caller, member, staysOwner: false) is { } refusal)
                return refusal;
            if (reassignTo is { } successor && members.Find(successor) is not { Status: "active" })
                return members.Find(successor) is null ? Errors.UserNotFound : Errors.UserInactive;

            var (reassigned, handOver) = reassignTo is { } to ? await HandOver(tx, caller, userId, to) : (new(0, 0, 0, 0, 0, 0), null);
            if (reassignTo is null && await tx.List<Guid>(LockConversationsSql, new { UserId = userId }) is { Count: > 0 } conversations)
                await tx.Execute(ReleaseSql, new { Ids = conversations.ToArray(), tx.Now });
            var removed = await tx.Execute(RemoveSql, new { UserId = userId, tx.Now });
            await tx.Execute(Sessions.EndAllSql, new { UserId = userId, tx.Now });
            if (removed == 1 || reassigned != new Reassigned(0, 0, 0, 0, 0, 0))
                await tx.Audit(caller.UserId, "user.removed", "user", userId, new { reassignTo, reassigned });
            return new Response(userId, "inactive", reassigned, handOver);
        }, ct);
        callers.Forget();
        return reply;
    }

    private static async Task<(Reassigned Reassigned, HandOver? Remainder)> HandOver(DbTransaction tx, Caller caller, Guid userId, Guid reassignTo)
    {
        var id = Guid.CreateVersion7(tx.Now);
        await tx.Execute(RedirectSql, new { UserId = userId, ReassignTo = reassignTo, tx.Now });
        await tx.Execute(HandOverSql, new { Id = id, UserId = userId, ReassignTo = reassignTo, ActorId = caller.UserId, tx.Now });
        var (reassigned, isDone) = await HandOverBatch.Run(tx, id);
        if (isDone)
            return (reassigned, null);
        await tx.Send(Queues.HandOverRecords, new HandOverRecords.Message(caller.OrganizationId, id));
        return (reassigned, (await tx.Find<HandOverRow>(HandOverRow.LatestSql, new { UserId = userId }))!.ToHandOver());
    }
}

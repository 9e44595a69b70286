using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Settings.Team;

public static class RemoveMember
{
    private const int Batch = 10_000;

    /// <param name="Id">The member.</param>
    /// <param name="Status">inactive.</param>
    /// <param name="Reassigned">What went over to <c>reassignTo</c>.</param>
    public sealed record Response(Guid Id, string Status, Reassigned Reassigned);

    public sealed record Reassigned(int Contacts, int Deals, int Tasks);

    private const string RemoveSql = """
        update users
        set status = 'inactive', deleted_at = @Now, updated_at = @Now, token_version = token_version + 1
        where organization_id = @OrganizationId
          and id = @UserId
          and deleted_at is null
        """;

    // Each contact's timeline shows that it changed hands, as it does when one is handed over alone. Among a million contacts 117,500
    // took 39 s on a busy machine, longer than a statement may take: they go in batches of one transaction.
    private const string ContactsSql = """
        with batch as (
            select id
            from contacts
            where organization_id = @OrganizationId
              and owner_id = @UserId
              and deleted_at is null
            order by created_at desc, id desc
            limit @Batch
            for no key update),
        moved as (
            update contacts c
            set owner_id = @ReassignTo, updated_at = @Now, version = version + 1
            from batch
            where c.organization_id = @OrganizationId
              and c.id = batch.id
            returning c.id)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
        select @OrganizationId, uuidv7(), id, 'update', 'contact_updated', 'Contact updated', @Changes::jsonb, 'contact', id, @ActorId, @Now, @Now
        from moved
        """;

    private const string DealsSql = """
        update deals
        set owner_id = @ReassignTo, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and owner_id = @UserId
          and status = 'open'
          and deleted_at is null
        """;

    private const string TasksSql = """
        update tasks
        set assignee_id = @ReassignTo, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and assignee_id = @UserId
          and status in ('pending', 'in_progress')
          and deleted_at is null
        """;

    /// <summary>Removes a member: they are signed out everywhere, cannot sign in any more and leave the lists.</summary>
    /// <remarks>
    /// Their contacts, open deals and open tasks stay theirs, or go to the active member <c>reassignTo</c>; removing them again with
    /// <c>reassignTo</c> hands over what was left. Their e-mail stays taken, because all they did stays theirs: they come back with
    /// <c>PATCH {"status":"active"}</c>, not by an invitation.
    /// </remarks>
    /// <param name="reassignTo">The active member who takes the contacts, open deals and open tasks over.</param>
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

            var reassigned = reassignTo is { } to ? await Reassign(tx, caller, userId, to) : new(0, 0, 0);
            var removed = await tx.Execute(RemoveSql, new { UserId = userId, tx.Now });
            await tx.Execute(Sessions.EndAllSql, new { UserId = userId, tx.Now });
            if (removed == 1 || reassigned != new Reassigned(0, 0, 0))
                await tx.Audit(caller.UserId, "user.removed", "user", userId, new { reassignTo, reassigned });
            return new Response(userId, "inactive", reassigned);
        }, ct);
        callers.Forget();
        return reply;
    }

    private static async Task<Reassigned> Reassign(DbTransaction tx, Caller caller, Guid userId, Guid reassignTo)
    {
        var args = new
        {
            UserId = userId,
            ReassignTo = reassignTo,
            ActorId = caller.UserId,
            Batch,
            Changes = JsonSerializer.Serialize(new[] { new Change("ownerId", userId, reassignTo) }, JsonSerializerOptions.Web),
            tx.Now,
        };
        var contacts = 0;
        int moved;
        do
        {
            moved = await tx.Execute(ContactsSql, args);
            contacts += moved;
        }
        while (moved == Batch);

        return new(contacts, await tx.Execute(DealsSql, args), await tx.Execute(TasksSql, args));
    }
}

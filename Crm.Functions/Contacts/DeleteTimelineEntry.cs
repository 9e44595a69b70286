using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class DeleteTimelineEntry
{
    public sealed record Response(Guid Id);

    private const string DeleteSql = $"""
        update timeline_entries t
        set deleted_at = @Now
        from contacts c
        where t.organization_id = @OrganizationId
          and t.contact_id = {ContactAccess.StandsFor}
          and t.id = @EntryId
          and t.actor_id = @UserId
          and t.type in ('note', 'call', 'meeting', 'email')
          and t.entity_id is null
          and t.deleted_at is null
          and c.organization_id = t.organization_id and c.id = t.contact_id
          and (@OwnerId::uuid is null or c.owner_id = @OwnerId)
        """;

    private const string ExistsSql = $"""
        select true
        from timeline_entries
        where organization_id = @OrganizationId
          and contact_id = {ContactAccess.StandsFor}
          and id = @EntryId
          and deleted_at is null
        """;

    /// <summary>Deletes a note, call or meeting that the caller wrote.</summary>
    [Function("DeleteTimelineEntry"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "contacts/{id:guid}/timeline/{entryId:guid}")] HttpRequest http,
        Guid id, Guid entryId, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var args = new { ContactId = id, EntryId = entryId, caller.UserId, tx.Now };
            if (await tx.Execute(DeleteSql, args) == 0)
            {
                return await tx.Find<bool>(ExistsSql, args)
                    ? Errors.Forbidden with { Message = "Only what you wrote yourself can be deleted; what the system recorded stays." }
                    : Errors.TimelineEntryNotFound;
            }

            await tx.Audit(caller.UserId, "timeline_entry.deleted", "timeline_entry", entryId);
            return new Response(entryId);
        }, ct);
}

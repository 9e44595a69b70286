using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts;

public static class DeleteContact
{
    /// <param name="Id">The contact.</param>
    /// <param name="Status">inactive.</param>
    public sealed record Response(Guid Id, string Status);

    private const string DeleteSql = """
        update contacts
        set status = 'inactive', deleted_at = @Now, updated_at = @Now, email_key = null, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    private const string IsDeletedSql = """
        select true
        from contacts
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is not null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    /// <summary>Deletes a contact: it becomes inactive and leaves the lists, but stays readable and can be restored.</summary>
    /// <remarks>Its address is free for another contact. Deleting it again changes nothing. Restore with <c>PATCH {"status":"active"}</c>.</remarks>
    [Function("DeleteContact"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "contacts/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var args = new { Id = id, tx.Now };
            if (await tx.Execute(DeleteSql, args) == 1)
            {
                await tx.AddToTimeline(id, caller.UserId, new("update", "contact_deleted", "Contact deleted") { Entity = ("contact", id) });
                await tx.Audit(caller.UserId, "contact.deleted", "contact", id);
            }
            else if (!await tx.Find<bool>(IsDeletedSql, args))
            {
                return await ContactAccess.Refusal(tx, id);
            }

            return new Response(id, "inactive");
        }, ct);
}

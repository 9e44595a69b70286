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
          and id = @ContactId
          and deleted_at is null
        """;

    // Locked first: deleting it a second time, or one that was deleted at this moment, leaves no trace.
    private const string LockSql = """
        select id, deleted_at is not null as is_deleted
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        for update
        """;

    private const string StandsForSql = $"select {ContactAccess.StandsFor}";

    private sealed record Row(Guid Id, bool IsDeleted);

    /// <summary>Deletes a contact: it becomes inactive and leaves the lists, but stays readable and can be restored.</summary>
    /// <remarks>
    /// Its address is free for another contact, and campaigns do not write to it any more. Deleting it again changes
    /// nothing. Restore with <c>PATCH {"status":"active"}</c>.
    /// </remarks>
    [Function("DeleteContact"), Tags("Contacts"), Allow(Permission.WriteContacts)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "contacts/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            await MergeLock.Beside(tx);
            var standing = await tx.Find<Guid?>(StandsForSql, new { ContactId = id }) ?? id;
            await Recipients.LockWaiting(tx, standing);
            await ContactConversations.Lock(tx, [standing]);
            var (contact, fault) = await ContactAccess.Find(tx, id, id => tx.Find<Row>(LockSql, new { ContactId = id }));
            if (fault is not null)
                return fault;
            if (!contact!.IsDeleted)
            {
                await ContactConversations.Close(tx, [contact.Id]);
                await tx.Execute(DeleteSql, new { ContactId = contact.Id, tx.Now });
                await Recipients.Drop(tx, [contact.Id]);
                await tx.Record(
                    caller.UserId,
                    new("contact.deleted", "contact", contact.Id) { Entries = [new(contact.Id, "update", "contact_deleted", "Contact deleted")] });
            }

            return new Response(contact.Id, "inactive");
        }, ct);
}

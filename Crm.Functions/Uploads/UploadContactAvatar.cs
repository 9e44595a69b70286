using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Uploads;

public static class UploadContactAvatar
{
    /// <param name="Url">Where the picture is, for everybody.</param>
    /// <param name="Avatar">The same.</param>
    /// <param name="Contact">The contact it belongs to.</param>
    public sealed record Response(string Url, string Avatar, ContactPicture Contact);

    /// <param name="Id">The contact.</param>
    /// <param name="Avatar">Where its picture is.</param>
    public sealed record ContactPicture(Guid Id, string Avatar);

    private sealed record Found(Guid Id);

    private const string FindSql = """
        select id
        from contacts
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    // No change of the contact that anybody had to hear of: no entry in its timeline, and its version stays.
    private const string SaveSql = """
        update contacts
        set avatar = @Url, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @ContactId
          and merged_into is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        """;

    /// <summary>Uploads a contact's picture.</summary>
    /// <remarks>JPEG, PNG, GIF or WebP of at most 5 MiB. What it says of the place and the camera is cut out; the picture before it is deleted.</remarks>
    [Function("UploadContactAvatar"), Tags("Uploads"), Allow(Permission.WriteContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "upload/avatar/contact/{id:guid}")] HttpRequest http,
        Guid id, [Field("The picture.")] IFormFile? avatar, Caller caller, Db db, FileStore store, CancellationToken ct)
    {
        var scope = caller.Scope;
        var (contact, refusal) = await ContactAccess.Find(db, scope, id, id => db.Find<Found>(scope, FindSql, new { ContactId = id }, ct), ct);
        if (refusal is not null)
            return refusal;
        var (file, fault) = await UploadedPicture.Store(store, db, caller.Organization, "avatar", contact!.Id, avatar, ct);
        if (fault is not null)
            return fault;

        var url = store.UrlOf(file!.Key);
        return await db.Transaction<Reply<Response>>(scope, async tx =>
        {
            // Merged away or given to a colleague while the picture was on its way: as if it had not come.
            if (await tx.Execute(SaveSql, new { ContactId = contact.Id, Url = url, tx.Now }) == 0)
                return Errors.ContactNotFound;
            if (await UploadedPicture.Show(tx, file, "avatar", contact.Id, url) is { } lost)
                return lost;
            return new Response(url, url, new(contact.Id, url));
        }, ct);
    }
}

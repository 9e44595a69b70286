using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Uploads;

public static class UploadUserAvatar
{
    /// <param name="Url">Where the picture is, for everybody.</param>
    /// <param name="Avatar">The same.</param>
    /// <param name="User">The user it belongs to.</param>
    public sealed record Response(string Url, string Avatar, UserPicture User);

    /// <param name="Id">The user.</param>
    /// <param name="Avatar">Where their picture is.</param>
    public sealed record UserPicture(Guid Id, string Avatar);

    private const string FindSql = """
        select id
        from users
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    private const string SaveSql = """
        update users
        set avatar = @Url, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @UserId
        """;

    /// <summary>Uploads a user's picture: one's own, for owners anybody's.</summary>
    /// <remarks>JPEG, PNG, GIF or WebP of at most 5 MiB. What it says of the place and the camera is cut out; the picture before it is deleted.</remarks>
    [Function("UploadUserAvatar"), Tags("Uploads"), Allow(Permission.EditAvatars)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "upload/avatar/user/{id:guid}")] HttpRequest http,
        Guid id, [Field("The picture.")] IFormFile? avatar, Caller caller, Db db, FileStore store, Callers callers, CancellationToken ct)
    {
        if (await db.Find<Guid?>(caller.Organization, FindSql, new { UserId = id }, ct) is null)
            return Errors.UserNotFound;
        if (caller.Reach != Reach.All && id != caller.UserId)
            return Errors.Forbidden with { Message = "Only owners may change a colleague's picture." };
        var (file, fault) = await UploadedPicture.Store(store, db, caller.Organization, "avatar", id, avatar, ct);
        if (fault is not null)
            return fault;

        var url = store.UrlOf(file!.Key);
        var reply = await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            if (await tx.Execute(SaveSql, new { UserId = id, Url = url, tx.Now }) == 0)
                return Errors.UserNotFound;
            if (await UploadedPicture.Show(tx, file, "avatar", id, url) is { } lost)
                return lost;
            await tx.Audit(caller.UserId, "user.avatar_uploaded", "user", id);
            return new Response(url, url, new(id, url));
        }, ct);
        callers.Forget();
        return reply;
    }
}

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Uploads;

public static class UploadLogo
{
    /// <param name="Url">Where the logo is, for everybody.</param>
    /// <param name="Logo">The same.</param>
    /// <param name="Organization">The organisation it belongs to.</param>
    public sealed record Response(string Url, string Logo, OrganizationPicture Organization);

    /// <param name="Id">The organisation.</param>
    /// <param name="Logo">Where its logo is.</param>
    public sealed record OrganizationPicture(Guid Id, string Logo);

    private const string SaveSql = """
        update organizations
        set logo = @Url, updated_at = @Now, version = version + 1
        where id = @OrganizationId
        """;

    /// <summary>Uploads the organisation's logo, which its invoices show too.</summary>
    /// <remarks>JPEG, PNG, GIF or WebP of at most 5 MiB; on the PDF of an invoice JPEG and PNG. The logo before it is deleted.</remarks>
    [Function("UploadLogo"), Tags("Uploads"), Allow(Permission.EditOrganization)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "upload/logo")] HttpRequest http,
        [Field("The picture.")] IFormFile? logo, Caller caller, Db db, FileStore store, CancellationToken ct)
    {
        var (file, fault) = await UploadedPicture.Store(store, db, caller.Organization, "logo", caller.OrganizationId, logo, ct);
        if (fault is not null)
            return fault;

        var url = store.UrlOf(file!.Key);
        return await db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            await tx.Execute(SaveSql, new { Url = url, tx.Now });
            if (await UploadedPicture.Show(tx, file, "logo", caller.OrganizationId, url) is { } lost)
                return lost;
            await tx.Audit(caller.UserId, "organization.logo_uploaded", "organization", caller.OrganizationId);
            return new Response(url, url, new(caller.OrganizationId, url));
        }, ct);
    }
}

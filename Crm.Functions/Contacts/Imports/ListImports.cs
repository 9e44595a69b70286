using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Imports;

public static class ListImports
{
    public sealed record Response(IReadOnlyList<Import> Imports, PageMeta Meta);

    private const string Where = """
        where organization_id = @OrganizationId
          and (@OwnerId::uuid is null or user_id = @OwnerId)
        """;

    private const string Sql = $"""
        {Import.Select}
        {Where}
        order by created_at desc, id desc
        limit @Size
        offset @Offset
        """;

    private const string CountSql = $"""
        select count(*)
        from imports
        {Where}
        """;

    /// <summary>The imports of the organisation, newest first; staff see their own.</summary>
    [Function("ListImports"), Tags("Contacts"), Allow(Permission.ImportContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/import")] HttpRequest http, Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var args = new { paging.Size, paging.Offset };
        var imports = await db.List<Import>(caller.Scope, Sql, args, ct);
        var total = await db.Find<long>(caller.Scope, CountSql, args, ct);
        return new Response(imports, PageMeta.Of(paging, new(total, false)));
    }
}

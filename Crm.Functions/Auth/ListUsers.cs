using Crm.Shared.Database;

namespace Crm.Functions.Auth;

public static class ListUsers
{
    /// <summary>A colleague, as the assignee picker needs them.</summary>
    public sealed record Colleague(Guid Id, string FirstName, string LastName, string Name, string Email, string Role, string Status, string? Avatar);

    public sealed record Response(IReadOnlyList<Colleague> Users, PageMeta Meta);

    private const string Where = """
        where organization_id = @OrganizationId
          and deleted_at is null
          and (@Status::text is null or status = @Status)
          and (@Pattern::text is null or lower(first_name || ' ' || last_name || ' ' || email) like @Pattern)
        """;

    private const string Sql = $"""
        select id, first_name, last_name, btrim(first_name || ' ' || last_name) as name, email, role, status, avatar
        from users
        {Where}
        order by lower(first_name), lower(last_name), id
        limit @Size
        offset @Offset
        """;

    private const string CountSql = $"""
        select count(*)
        from users
        {Where}
        """;

    /// <summary>The colleagues work can be assigned to: active ones by default.</summary>
    /// <param name="search">Part of a name or e-mail.</param>
    /// <param name="status">active by default.</param>
    [Function("ListUsers"), Tags("Team"), Allow(Permission.ListUsers)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "users")] HttpRequest http,
        [Text(200)] string? search, [OneOf("active", "inactive", "all")] string? status, Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var args = new
        {
            Status = status?.ToLowerInvariant() switch { null => "active", "all" => null, var one => one },
            Pattern = string.IsNullOrWhiteSpace(search) ? null : $"%{Like.Escape(search.Trim().ToLowerInvariant())}%",
            paging.Size,
            paging.Offset,
        };
        var users = await db.List<Colleague>(caller.Organization, Sql, args, ct);
        var total = await db.Find<long>(caller.Organization, CountSql, args, ct);
        return new Response(users, PageMeta.Of(paging, new(total, false)));
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Contacts.Bulk;

public static class ListDuplicates
{
    public sealed record Member(Guid Id, string Name, string? Email, string? Phone, string? Company, Guid? OwnerId, DateTimeOffset CreatedAt);

    /// <summary>Contacts that look like one: the same e-mail or phone. The oldest comes first.</summary>
    /// <param name="Reason">email or phone.</param>
    /// <param name="Value">What they share.</param>
    /// <param name="Contacts">The first ten of them.</param>
    public sealed record Group(string Reason, string Value, IReadOnlyList<Member> Contacts);

    public sealed record Response(IReadOnlyList<Group> Duplicates, PageMeta Meta);

    private sealed record Row(
        string Reason, string Value, Guid Id, string Name, string? Email, string? Phone, string? Company, Guid? OwnerId, DateTimeOffset CreatedAt);

    // Addresses are unique but for the few kept beside another contact, which contacts_double_email holds; phones are counted from
    // contacts_phone alone.
    private const string Groups = """
        select 'email' as reason, d.value
        from (
            select lower(email) as value, count(*) as doubles
            from contacts_of_caller
            where organization_id = @OrganizationId
              and email_key is null and email is not null and deleted_at is null
              and @Email
            group by lower(email)) d
        where d.doubles > 1
           or exists (select from contacts_of_caller k where k.organization_id = @OrganizationId and k.email_key = d.value)
        union all
        select 'phone', phone
        from contacts_of_caller
        where organization_id = @OrganizationId
          and phone is not null and deleted_at is null
          and @Phone
        group by phone
        having count(*) > 1
        """;

    private const string Sql = $"""
        select g.reason, g.value, m.id, m.name, m.email, m.phone, m.company, m.owner_id, m.created_at
        from (select * from ({Groups}) g order by reason, value limit @Size offset @Offset) g
        cross join lateral (
            select c.*
            from (
                select * from contacts_of_caller
                where g.reason = 'phone' and organization_id = @OrganizationId and phone = g.value and deleted_at is null
                union all
                select * from contacts_of_caller
                where g.reason = 'email' and organization_id = @OrganizationId and email_key = g.value
                union all
                select * from contacts_of_caller
                where g.reason = 'email' and organization_id = @OrganizationId and lower(email) = g.value and email_key is null
                  and email is not null and deleted_at is null) c
            order by c.created_at, c.id
            limit 10) m
        order by g.reason, g.value, m.created_at, m.id
        """;

    private const string CountSql = $"""
        select count(*)
        from (select from ({Groups}) g limit 10001) g
        """;

    /// <summary>Contacts that look like the same person, to be merged.</summary>
    /// <param name="by">Only those that share this.</param>
    [Function("ListDuplicates"), Tags("Contacts"), Allow(Permission.BulkContacts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "contacts/duplicates")] HttpRequest http,
        [OneOf("email", "phone")] string? by, Paging paging, Caller caller, Db db, CancellationToken ct)
    {
        var reason = by?.ToLowerInvariant();
        var args = new { Email = reason is null or "email", Phone = reason is null or "phone", paging.Size, paging.Offset };
        var rows = await db.Search<Row>(caller.Organization, Sql, args, ct);
        var total = (await db.Search<long>(caller.Organization, CountSql, args, ct))[0];
        var groups = rows.GroupBy(row => (row.Reason, row.Value)).Select(group => new Group(
            group.Key.Reason, group.Key.Value,
            [.. group.Select(row => new Member(row.Id, row.Name, row.Email, row.Phone, row.Company, row.OwnerId, row.CreatedAt))]));
        return new Response([.. groups], PageMeta.Of(paging, new(total, total > Total.ExactUpTo)));
    }
}

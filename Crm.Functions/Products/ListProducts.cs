using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Products;

public static class ListProducts
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Part of a name, SKU or description.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>A category, whatever its case.</summary>
        [FromQuery]
        [Text(100)]
        public string? Category { get; init; }

        /// <summary>active or inactive; both by default.</summary>
        [FromQuery]
        [OneOf("active", "inactive")]
        public string? Status { get; init; }

        /// <summary>The conditions of a product <c>p</c> and their arguments.</summary>
        internal (string Where, Criteria Criteria) In()
        {
            var search = Fields.Text(Search)?.ToLowerInvariant();
            var criteria = new Criteria(
                Fields.Text(Status)?.ToLowerInvariant(), Fields.Text(Category)?.ToLowerInvariant(), search is null ? null : $"%{Like.Escape(search)}%");
            return (ListProducts.Where(criteria), criteria);
        }
    }

    /// <param name="Products">The page.</param>
    /// <param name="Meta">Where it stands.</param>
    /// <param name="Categories">All categories of the organisation, whatever the filter.</param>
    public sealed record Response(IReadOnlyList<Product> Products, PageMeta Meta, IReadOnlyList<string> Categories);

    internal sealed record Criteria(string? Status, string? Category, string? Pattern);

    // Of 100,000 products a page in any order takes 0.1 to 0.3 ms, with a category or status 0.2 ms, a search 0.2 to 0.4 ms. One or two letters that occur
    // nowhere read everything in 120 ms: that is bearable in a catalogue, and a SKU is often known by two of its digits.
    private static readonly PagedList<Product> List = new()
    {
        Table = "products",
        Alias = "p",
        Columns = Product.Columns,
        Orders =
        [
            new("createdAt", "p.created_at desc, p.id desc", "p.created_at, p.id"),
            new("updatedAt", "p.updated_at desc, p.id desc", "p.updated_at, p.id"),
            new("name", "lower(p.name) desc, p.id desc", "lower(p.name), p.id", DescendsByDefault: false),
            new("price", "p.price desc, p.id desc", "p.price, p.id", DescendsByDefault: false),
            new("sku", "lower(p.sku) desc, p.id desc", "lower(p.sku), p.id", DescendsByDefault: false),
        ],
        After = "(p.created_at, p.id) < (@AfterTime, @AfterId)",
        PlaceOf = product => new(product.CreatedAt, product.Id),
    };

    /// <summary>The products of the organisation.</summary>
    /// <remarks>Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c> (newest first only).</remarks>
    [Function("ListProducts"), Tags("Products"), Allow(Permission.ReadProducts)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "products")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", "updatedAt", "name", "price", "sku", ByCursor = true)] Paging paging,
        Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var (where, criteria) = filter.In();
        var page = await List.Read(
            db, totals, caller.Organization, paging, where, criteria, isPlain: criteria is { Status: null, Category: null, Pattern: null }, ct);
        return new Response([.. page.Rows.Select(product => product.For(caller))], page.Meta, await ListCategories.Of(caller, db, ct));
    }

    // Only the conditions that are asked for are written: "@X is null or …" would hide the indexes.
    private static string Where(Criteria args) =>
        """
        where p.organization_id = @OrganizationId
          and p.deleted_at is null
        """
        + (args.Status is null ? "" : "\n  and p.status = @Status")
        + (args.Category is null ? "" : "\n  and lower(p.category) = @Category")
        + (args.Pattern is null ? "" : "\n  and p.search_text like @Pattern");
}

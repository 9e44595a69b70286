using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class UpdateProduct
{
    /// <summary>Any of the fields of a new product: an absent one stays as it is, null clears it. A SKU cannot be cleared: null keeps it.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Price">What one unit sells for, at most two decimals.</param>
    /// <param name="Sku">Your own number for it, unique in the organisation whatever its case.</param>
    /// <param name="Description">Free text.</param>
    /// <param name="Cost">What one unit costs you; staff never see it.</param>
    /// <param name="Currency">USD, EUR, GBP, CAD or AUD.</param>
    /// <param name="Category">A group of your own naming.</param>
    /// <param name="Unit">What one of it is called: piece, hour, box.</param>
    /// <param name="TaxRate">In percent.</param>
    /// <param name="Status">active or inactive.</param>
    /// <param name="ImageUrl">The https address of a picture.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(200)] Optional<string> Name,
        [Needed, Price] Optional<decimal?> Price,
        [Sku] Optional<string?> Sku,
        [Text(5000)] Optional<string?> Description,
        [Price] Optional<decimal?> Cost,
        [Needed, OneOf("USD", "EUR", "GBP", "CAD", "AUD")] Optional<string> Currency,
        [Text(100)] Optional<string?> Category,
        [Text(50)] Optional<string?> Unit,
        [Percent] Optional<decimal?> TaxRate,
        [Needed, OneOf("active", "inactive")] Optional<string> Status,
        [WebAddress(secure: true)] Optional<string?> ImageUrl) : IPatch
    {
        public static Request Example => new() { Price = 459.00m, Status = "active" };

        public Request() : this(default, default, default, default, default, default, default, default, default, default, default)
        {
        }
    }

    /// <summary>What a change can touch.</summary>
    private record Editable
    {
        public required string Name { get; init; }
        public string? Description { get; init; }
        public required string Sku { get; init; }
        public required decimal Price { get; init; }
        public decimal? Cost { get; init; }
        public required string Currency { get; init; }
        public string? Category { get; init; }
        public string? Unit { get; init; }
        public required decimal TaxRate { get; init; }
        public required string Status { get; init; }
        public string? ImageUrl { get; init; }
    }

    private sealed record Row : Editable
    {
        public required int Version { get; init; }
    }

    private const string LockSql = """
        select name, description, sku, price, cost, currency, category, unit, tax_rate, status, image_url, version
        from products
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
        for update
        """;

    private const string UpdateSql = """
        update products
        set name = @Name, description = @Description, sku = @Sku, price = @Price, cost = @Cost, currency = @Currency, category = @Category, unit = @Unit,
            tax_rate = @TaxRate, status = @Status, image_url = @ImageUrl, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and not exists (
              select from products_of_caller
              where organization_id = @OrganizationId and lower(sku) = lower(@Sku) and deleted_at is null and id <> @Id)
        """;

    /// <summary>Changes a product.</summary>
    /// <remarks>
    /// Deals and invoices that have it already keep the name and price they were made with. With <c>If-Match</c> the change happens
    /// only to that version, else 409 VERSION_CONFLICT.
    /// </remarks>
    [Function("UpdateProduct"), Tags("Products"), Allow(Permission.EditProducts)]
    public static Task<Reply<Product>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "products/{id:guid}")] Request request, Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Product>>(caller.Organization, async tx =>
        {
            if (await tx.Find<Row>(LockSql, new { Id = id }) is not { } before)
                return Errors.ProductNotFound;
            if (Etag.Excludes(context, before.Version))
                return Errors.VersionConflict with { Facts = new(StringComparer.Ordinal) { ["currentVersion"] = before.Version } };

            var after = Apply(request, before);
            var changes = Change.Between<Editable>(before, after);
            if (changes.Length > 0)
            {
                if (await Save(tx, id, after) == 0)
                    return Errors.SkuExists;
                await tx.Audit(caller.UserId, "product.updated", "product", id, new { fields = changes.Select(change => change.Field) });
            }

            var product = (await tx.Find<Product>(Product.ByIdSql, new { Id = id }))!;
            return Reply<Product>.Versioned(product.For(caller), product.Version);
        }, ct);

    private static Row Apply(Request request, Row before) => before with
    {
        Name = request.Name.Or(before.Name).Trim(),
        Description = Fields.Text(request.Description.Or(before.Description)),
        Sku = Fields.Text(request.Sku.Value) ?? before.Sku,
        Price = request.Price.Value ?? before.Price,
        Cost = request.Cost.Or(before.Cost),
        Currency = request.Currency.Or(before.Currency).ToUpperInvariant(),
        Category = Fields.Text(request.Category.Or(before.Category)),
        Unit = Fields.Text(request.Unit.Or(before.Unit)),
        TaxRate = request.TaxRate.Or(before.TaxRate) ?? 0,
        Status = request.Status.Or(before.Status).ToLowerInvariant(),
        ImageUrl = Fields.Text(request.ImageUrl.Or(before.ImageUrl)),
    };

    private static Task<int> Save(DbTransaction tx, Guid id, Row row) => tx.Execute(UpdateSql, new
    {
        Id = id,
        row.Name,
        row.Description,
        row.Sku,
        row.Price,
        row.Cost,
        row.Currency,
        row.Category,
        row.Unit,
        row.TaxRate,
        row.Status,
        row.ImageUrl,
        tx.Now,
    });
}

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class UpdateProduct
{
    /// <summary>Any of the fields of a new product: an absent one stays as it is, null clears it. A SKU cannot be cleared: null keeps it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Price = 459.00m, Status = "active" };

        /// <summary>What it is called.</summary>
        [Needed, Text(200)]
        public Optional<string> Name { get; init; }

        /// <summary>What one unit sells for, at most two decimals.</summary>
        [Needed, Price]
        public Optional<decimal?> Price { get; init; }

        /// <summary>Your own number for it, unique in the organisation whatever its case.</summary>
        [Sku]
        public Optional<string?> Sku { get; init; }

        /// <summary>Free text.</summary>
        [Text(5000)]
        public Optional<string?> Description { get; init; }

        /// <summary>What one unit costs you; staff never see it.</summary>
        [Price]
        public Optional<decimal?> Cost { get; init; }

        /// <summary>USD, EUR, GBP, CAD or AUD.</summary>
        [Needed, Currency]
        public Optional<string> Currency { get; init; }

        /// <summary>A group of your own naming.</summary>
        [Text(100)]
        public Optional<string?> Category { get; init; }

        /// <summary>What one of it is called: piece, hour, box.</summary>
        [Text(50)]
        public Optional<string?> Unit { get; init; }

        /// <summary>In percent.</summary>
        [Percent]
        public Optional<decimal?> TaxRate { get; init; }

        /// <summary>active or inactive.</summary>
        [Needed, OneOf("active", "inactive")]
        public Optional<string> Status { get; init; }

        /// <summary>The https address of a picture.</summary>
        [WebAddress(secure: true)]
        public Optional<string?> ImageUrl { get; init; }
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
        [HttpTrigger(Anonymous, "patch", Route = "products/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Product>>(caller.Organization, async tx =>
        {
            if (await tx.Find<Row>(LockSql, new { Id = id }) is not { } before)
                return Errors.ProductNotFound;
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;

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

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class CreateProduct
{
    /// <param name="Name">What it is called.</param>
    /// <param name="Price">What one unit sells for, at most two decimals.</param>
    /// <param name="Sku">Your own number for it, unique in the organisation whatever its case; made from category and name when absent.</param>
    /// <param name="Description">Free text.</param>
    /// <param name="Cost">What one unit costs you; staff never see it.</param>
    /// <param name="Currency">USD, EUR, GBP, CAD or AUD; the organisation's by default.</param>
    /// <param name="Category">A group of your own naming.</param>
    /// <param name="Unit">What one of it is called: piece, hour, box.</param>
    /// <param name="TaxRate">In percent, 0 by default.</param>
    /// <param name="Status">active (default) or inactive.</param>
    /// <param name="ImageUrl">The https address of a picture.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(200)] string Name,
        [Needed, Price] decimal? Price,
        [Sku] string? Sku,
        [Text(5000)] string? Description,
        [Price] decimal? Cost,
        [Currency] string? Currency,
        [Text(100)] string? Category,
        [Text(50)] string? Unit,
        [Percent] decimal? TaxRate,
        [OneOf("active", "inactive")] string? Status,
        [WebAddress(secure: true)] string? ImageUrl)
    {
        public static Request Example => new(
            "Standing desk 140", 489.00m, null, "Electric, two motors, oak top.", 301.50m, "USD", "Furniture", "piece", 8.875m, "active", null);
    }

    private const string InsertSql = """
        insert into products (organization_id, id, name, description, sku, price, cost, currency, category, unit, tax_rate, status, image_url,
                              created_at, updated_at)
        select @OrganizationId, @Id, @Name, @Description, @Sku, @Price, @Cost, coalesce(@Currency, currency), @Category, @Unit, @TaxRate, @Status,
               @ImageUrl, @Now, @Now
        from organizations
        where id = @OrganizationId
        on conflict (organization_id, lower(sku)) where deleted_at is null do nothing
        """;

    /// <summary>Creates a product.</summary>
    [Function("CreateProduct"), Tags("Products"), Allow(Permission.EditProducts)]
    public static Task<Created<Product>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "products")] Request request, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<Product>>(caller.Organization, async tx =>
        {
            var id = Guid.CreateVersion7(tx.Now);
            var given = Fields.Text(request.Sku);
            var tries = given is null ? Sku.Tries : 1;
            while (await Insert(tx, id, request, given ?? Sku.Make(request.Category, request.Name)) == 0)
            {
                if (--tries == 0)
                    return Errors.SkuExists;
            }

            await tx.Audit(caller.UserId, "product.created", "product", id);
            return (await tx.Find<Product>(Product.ByIdSql, new { Id = id }))!.For(caller);
        }, ct);

    private static Task<int> Insert(DbTransaction tx, Guid id, Request request, string sku) => tx.Execute(InsertSql, new
    {
        Id = id,
        Name = request.Name.Trim(),
        Description = Fields.Text(request.Description),
        Sku = sku,
        request.Price,
        request.Cost,
        Currency = request.Currency?.ToUpperInvariant(),
        Category = Fields.Text(request.Category),
        Unit = Fields.Text(request.Unit),
        TaxRate = request.TaxRate ?? 0,
        Status = request.Status?.ToLowerInvariant() ?? "active",
        ImageUrl = Fields.Text(request.ImageUrl),
        tx.Now,
    });
}

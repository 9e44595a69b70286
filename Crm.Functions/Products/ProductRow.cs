using Crm.Shared.Database;

namespace Crm.Functions.Products;

/// <summary>What a change can touch.</summary>
internal record ProductFields
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

/// <summary>A product as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record ProductRow : ProductFields
{
    public required Guid Id { get; init; }
    public required int Version { get; init; }

    private const string LockSql = """
        select id, name, description, sku, price, cost, currency, category, unit, tax_rate, status, image_url, version
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

    /// <summary>The product, locked, or null when there is none.</summary>
    public static Task<ProductRow?> Lock(DbTransaction tx, Guid id) => tx.Find<ProductRow>(LockSql, new { Id = id });

    /// <summary>The product as a request wants it.</summary>
    public ProductRow Patched(UpdateProduct.Request request) => this with
    {
        Name = request.Name.Or(Name).Trim(),
        Description = Fields.Text(request.Description.Or(Description)),
        Sku = Fields.Text(request.Sku.Value) ?? Sku,
        Price = request.Price.Value ?? Price,
        Cost = request.Cost.Or(Cost),
        Currency = request.Currency.Or(Currency).ToUpperInvariant(),
        Category = Fields.Text(request.Category.Or(Category)),
        Unit = Fields.Text(request.Unit.Or(Unit)),
        TaxRate = request.TaxRate.Or(TaxRate) ?? 0,
        Status = request.Status.Or(Status).ToLowerInvariant(),
        ImageUrl = Fields.Text(request.ImageUrl.Or(ImageUrl)),
    };

    /// <summary>Saves it, unless another product has its SKU by now: then no row is changed.</summary>
    public Task<int> Save(DbTransaction tx) => tx.Execute(UpdateSql, new
    {
        Id,
        Name,
        Description,
        Sku,
        Price,
        Cost,
        Currency,
        Category,
        Unit,
        TaxRate,
        Status,
        ImageUrl,
        tx.Now,
    });
}

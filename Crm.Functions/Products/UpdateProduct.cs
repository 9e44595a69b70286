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
            if (await ProductRow.Lock(tx, id) is not { } before)
                return Errors.ProductNotFound;
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;

            var after = before.Patched(request);
            var changes = Change.Between<ProductFields>(before, after);
            if (changes.Length > 0)
            {
                if (await after.Save(tx) == 0)
                    return Errors.SkuExists;
                await tx.Audit(caller.UserId, "product.updated", "product", id, new { fields = changes.Select(change => change.Field) });
            }

            var product = (await tx.Find<Product>(Product.ByIdSql, new { Id = id }))!;
            return Reply<Product>.Versioned(product.For(caller), product.Version);
        }, ct);
}

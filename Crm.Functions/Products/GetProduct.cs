using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class GetProduct
{
    /// <summary>One product.</summary>
    /// <remarks>The <c>ETag</c> is the product's version.</remarks>
    [Function("GetProduct"), Tags("Products"), Allow(Permission.ReadProducts)]
    public static async Task<Reply<Product>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "products/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await db.Find<Product>(caller.Organization, Product.ByIdSql, new { Id = id }, ct) is { } product
            ? Reply<Product>.Versioned(product.For(caller), product.Version)
            : Errors.ProductNotFound;
}

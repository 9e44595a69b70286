using Crm.Functions.Auth;
using Crm.Functions.Hosting;

namespace Crm.Functions.Products;

public static class ProductFunctions
{
    public static void MapProducts(this IEndpointRouteBuilder app)
    {
        var products = app.MapGroup("/products").WithTags("Products");
        products.MapGet("", ListProducts.Handle).Function("ListProducts", Permission.ReadProducts);
        products.MapPost("", CreateProduct.Handle).Function("CreateProduct", Permission.EditProducts);
        products.MapGet("/categories", ListCategories.Handle).Function("ListProductCategories", Permission.ReadProducts);
        products.MapGet("/{id:guid}", GetProduct.Handle).Function("GetProduct", Permission.ReadProducts);
        products.MapPatch("/{id:guid}", UpdateProduct.Handle).Function("UpdateProduct", Permission.EditProducts);
        products.MapDelete("/{id:guid}", DeleteProduct.Handle).Function("DeleteProduct", Permission.EditProducts);
    }
}

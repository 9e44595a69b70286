using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Products;

public static class DeleteProduct
{
    public sealed record Response(Guid Id);

    private const string DeleteSql = """
        update products
        set deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
        """;

    /// <summary>Deletes a product: it disappears, and its SKU is free again.</summary>
    /// <remarks>Deals and invoices that have it keep their own copy of its name and price.</remarks>
    [Function("DeleteProduct"), Tags("Products"), Allow(Permission.EditProducts)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "products/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Organization, async tx =>
        {
            if (await tx.Execute(DeleteSql, new { Id = id, tx.Now }) == 0)
                return Errors.ProductNotFound;
            await tx.Audit(caller.UserId, "product.deleted", "product", id);
            return new Response(id);
        }, ct);
}

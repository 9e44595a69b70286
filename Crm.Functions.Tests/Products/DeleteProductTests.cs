using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Products;

public sealed class DeleteProductTests(TestServices services)
{
    [Fact]
    public async Task A_deleted_product_is_gone_and_its_sku_free()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.Post("/products", new { name = "Desk", price = 1, sku = "desk", category = "Furniture" }))
            .Expect(201).Data.GetProperty("id").GetGuid();

        Assert.Equal(id, (await org.Manager.Delete($"/products/{id}")).Expect(200).Data.GetProperty("id").GetGuid());

        (await org.Owner.Get($"/products/{id}")).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Owner.Patch($"/products/{id}", new { price = 2 })).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Owner.Delete($"/products/{id}")).Expect(404, "PRODUCT_NOT_FOUND");
        var list = (await org.Owner.Get("/products?status=inactive")).Expect(200).Data;
        Assert.Equal("[]", list.GetProperty("products").GetRawText());
        Assert.Equal("[]", list.GetProperty("categories").GetRawText());
        (await org.Owner.Post("/products", new { name = "Desk", price = 1, sku = "DESK" })).Expect(201);
    }

    [Fact]
    public async Task Staff_and_other_organisations_may_not_delete_products()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = (await org.Owner.Post("/products", new { name = "Desk", price = 1 })).Expect(201).Data.GetProperty("id").GetGuid();

        (await org.Staff.Delete($"/products/{id}")).Expect(403, "FORBIDDEN");
        (await other.Owner.Delete($"/products/{id}")).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Owner.Get($"/products/{id}")).Expect(200);
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Products;

public sealed class UpdateProductTests(TestServices services)
{
    [Fact]
    public async Task Fields_that_are_given_change_null_clears_and_the_rest_stays()
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10, sku = "desk", description = "Oak", cost = 4, category = "Furniture", taxRate = 19 });

        var product = (await org.Manager.Patch(
            $"/products/{id}",
            new { price = 12.5, description = (string?)null, cost = (decimal?)null, taxRate = (decimal?)null, status = "inactive" })).Expect(200).Data;

        Assert.Equal(
            """["Desk",12.50,"desk",null,null,"Furniture",0,"inactive",2]""",
            product.Values("name", "price", "sku", "description", "cost", "category", "taxRate", "status", "version"));
    }

    [Fact]
    public async Task A_sku_of_null_keeps_the_sku()
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10, sku = "desk" });

        Assert.Equal("desk", (await org.Owner.Patch($"/products/{id}", """{"sku":null}""")).Expect(200).Data.GetProperty("sku").GetString());
        Assert.Equal("desk", (await org.Owner.Patch($"/products/{id}", """{"sku":""}""")).Expect(200).Data.GetProperty("sku").GetString());
    }

    [Fact]
    public async Task Another_products_sku_is_refused_and_ones_own_in_another_case_is_not()
    {
        var org = await services.App.NewOrganization();
        await Add(org, new { name = "Chair", price = 10, sku = "chair" });
        var id = await Add(org, new { name = "Desk", price = 10, sku = "desk" });

        (await org.Owner.Patch($"/products/{id}", new { sku = "CHAIR" })).Expect(409, "SKU_EXISTS");
        Assert.Equal("DESK", (await org.Owner.Patch($"/products/{id}", new { sku = "DESK" })).Expect(200).Data.GetProperty("sku").GetString());
    }

    [Fact]
    public async Task Ten_products_that_want_one_sku_at_once_leave_it_to_one()
    {
        var org = await services.App.NewOrganization();
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Add(org, new { name = "Desk", price = 1 })));

        var replies = await Task.WhenAll(ids.Select(id => org.Owner.Patch($"/products/{id}", new { sku = "the-one" })));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "SKU_EXISTS"));
    }

    [Theory]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"price":null}""", "price")]
    [InlineData("""{"price":1.001}""", "price")]
    [InlineData("""{"currency":null}""", "currency")]
    [InlineData("""{"status":null}""", "status")]
    [InlineData("""{"sku":"a/b"}""", "sku")]
    [InlineData("""{}""", "body")]
    [InlineData("""{"colour":"red"}""", "body")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10 });

        Assert.Equal([field], (await org.Owner.Patch($"/products/{id}", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_change_of_another_version_is_refused_with_the_current_one()
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10 });

        (await org.Owner.Patch($"/products/{id}", new { price = 11 }, ("If-Match", "\"1\""))).Expect(200);
        var conflict = (await org.Owner.Patch($"/products/{id}", new { price = 12 }, ("If-Match", "\"1\""))).Expect(409, "VERSION_CONFLICT");

        Assert.Equal(2, conflict.Json.GetProperty("error").GetProperty("currentVersion").GetInt32());
    }

    [Fact]
    public async Task A_change_that_changes_nothing_makes_no_new_version()
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10 });

        Assert.Equal(1, (await org.Owner.Patch($"/products/{id}", new { price = 10.0, name = "Desk" })).Expect(200).Data.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Staff_and_other_organisations_may_not_change_products()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10 });

        (await org.Staff.Patch($"/products/{id}", new { price = 1 })).Expect(403, "FORBIDDEN");
        (await other.Owner.Patch($"/products/{id}", new { price = 1 })).Expect(404, "PRODUCT_NOT_FOUND");
    }

    private static async Task<Guid> Add(TestOrganization org, object product) =>
        (await org.Owner.Post("/products", product)).Expect(201).Data.GetProperty("id").GetGuid();
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Functions.Products;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Products;

public sealed partial class CreateProductTests(TestServices services)
{
    [Fact]
    public async Task A_product_needs_a_name_and_a_price_and_gets_a_sku_that_can_be_read()
    {
        var org = await services.App.NewOrganization();

        var product = (await org.Manager.Post("/products", new { name = " Standing desk ", price = 489, category = "Furniture" })).Expect(201).Data;

        Assert.Equal("Standing desk", product.GetProperty("name").GetString());
        Assert.Matches(Automatic(), product.GetProperty("sku").GetString());
        Assert.Equal("489.00", product.GetProperty("price").GetRawText());
        Assert.Equal("USD", product.GetProperty("currency").GetString());
        Assert.Equal("0", product.GetProperty("taxRate").GetRawText());
        Assert.Equal("active", product.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, product.GetProperty("cost").ValueKind);
        Assert.Equal(1, product.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Every_field_is_kept()
    {
        var org = await services.App.NewOrganization();

        var created = (await org.Owner.Post("/products", new
        {
            name = "Desk",
            price = 489.5,
            sku = "Desk-140.x_1",
            description = "Oak",
            cost = 301.25,
            currency = "eur",
            category = "Furniture",
            unit = "piece",
            taxRate = 8.875,
            status = "INACTIVE",
            imageUrl = "https://cdn.example.com/desk.png",
        })).Expect(201).Data;
        var read = (await org.Owner.Get($"/products/{created.GetProperty("id").GetGuid()}")).Expect(200);

        Assert.Equal("\"1\"", read.Headers["ETag"]);
        Assert.Equal(created.GetRawText(), read.Data.GetRawText());
        Assert.Equal(
            """["Desk-140.x_1","Oak",489.50,301.25,"EUR","Furniture","piece",8.875,"inactive","https://cdn.example.com/desk.png"]""",
            read.Data.Values("sku", "description", "price", "cost", "currency", "category", "unit", "taxRate", "status", "imageUrl"));
    }

    [Fact]
    public async Task The_currency_is_the_organisations_by_default()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("update organizations set currency = 'GBP' where id = $1", org.Id);

        var product = (await org.Owner.Post("/products", new { name = "Desk", price = 1 })).Expect(201).Data;

        Assert.Equal("GBP", product.GetProperty("currency").GetString());
    }

    [Theory]
    [InlineData("""{"price":1}""", "name")]
    [InlineData("""{"name":" ","price":1}""", "name")]
    [InlineData("""{"name":"Desk"}""", "price")]
    [InlineData("""{"name":"Desk","price":-0.01}""", "price")]
    [InlineData("""{"name":"Desk","price":1.999}""", "price")]
    [InlineData("""{"name":"Desk","price":1000000000000}""", "price")]
    [InlineData("""{"name":"Desk","price":"cheap"}""", "price")]
    [InlineData("""{"name":"Desk","price":1,"cost":-1}""", "cost")]
    [InlineData("""{"name":"Desk","price":1,"taxRate":100.001}""", "taxRate")]
    [InlineData("""{"name":"Desk","price":1,"taxRate":-1}""", "taxRate")]
    [InlineData("""{"name":"Desk","price":1,"sku":"no spaces"}""", "sku")]
    [InlineData("""{"name":"Desk","price":1,"sku":"bücher"}""", "sku")]
    [InlineData("""{"name":"Desk","price":1,"currency":"CHF"}""", "currency")]
    [InlineData("""{"name":"Desk","price":1,"status":"gone"}""", "status")]
    [InlineData("""{"name":"Desk","price":1,"imageUrl":"javascript:alert(1)"}""", "imageUrl")]
    [InlineData("""{"name":"Desk","price":1,"imageUrl":"http://cdn.example.com/a.png"}""", "imageUrl")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();

        var reply = (await org.Owner.Post("/products", body)).Expect(400, "VALIDATION_ERROR");

        Assert.Equal([field], reply.Fields);
    }

    [Fact]
    public async Task A_name_of_200_characters_is_accepted_and_one_more_is_not()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/products", new { name = new string('x', 200), price = 0, sku = new string('s', 64) })).Expect(201);
        Assert.Equal(["name"], (await org.Owner.Post("/products", new { name = new string('x', 201), price = 0 })).Expect(400).Fields);
        Assert.Equal(["sku"], (await org.Owner.Post("/products", new { name = "x", price = 0, sku = new string('s', 65) })).Expect(400).Fields);
    }

    [Fact]
    public async Task A_sku_is_taken_whatever_its_case_but_only_in_its_own_organisation()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        (await org.Owner.Post("/products", new { name = "Desk", price = 1, sku = "DESK-1" })).Expect(201);

        (await org.Owner.Post("/products", new { name = "Desk", price = 1, sku = "desk-1" })).Expect(409, "SKU_EXISTS");
        (await other.Owner.Post("/products", new { name = "Desk", price = 1, sku = "desk-1" })).Expect(201);
    }

    [Fact]
    public async Task Fifty_products_of_one_name_made_at_once_all_get_skus_of_their_own()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => org.Owner.Post("/products", new { name = "Desk", price = 1 })));

        Assert.Equal(50, replies.Select(reply => reply.Expect(201).Data.GetProperty("sku").GetString()).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public async Task Twenty_requests_for_one_sku_at_once_make_one_product()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => org.Owner.Post("/products", new { name = "Desk", price = 1, sku = number % 2 == 0 ? "desk" : "DESK" })));

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Code == "SKU_EXISTS"));
    }

    [Fact]
    public async Task A_name_without_latin_letters_gets_a_sku_too()
    {
        var org = await services.App.NewOrganization();

        var product = (await org.Owner.Post("/products", new { name = "Стол", price = 1, category = "家具", sku = " " })).Expect(201).Data;

        Assert.StartsWith("GEN-ITEM-", product.GetProperty("sku").GetString());
    }

    [Fact]
    public async Task Staff_may_not_create_products()
    {
        var org = await services.App.NewOrganization();

        (await org.Staff.Post("/products", new { name = "Desk", price = 1 })).Expect(403, "FORBIDDEN");
        (await services.App.Anonymous.Post("/products", new { name = "Desk", price = 1 })).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task The_example_of_the_documentation_works()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/products", CreateProduct.Request.Example)).Expect(201);
        (await org.Owner.Post("/products", CreateProduct.Request.Example)).Expect(201);
    }

    [GeneratedRegex("^FURN-STANDING-[23456789BCDFGHJKLMNPQRSTVWXYZ]{5}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Automatic();
}

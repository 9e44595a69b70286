using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Products;

public sealed class ListProductsTests(TestServices services)
{
    [Fact]
    public async Task Products_come_newest_first_in_pages_with_all_categories()
    {
        var org = await services.App.NewOrganization();
        for (var number = 1; number <= 5; number++)
            await Add(org, new { name = $"Product {number}", price = number, category = number % 2 == 0 ? "Chairs" : "Desks" });

        var page = (await org.Staff.Get("/products?page=2&pageSize=2")).Expect(200).Data;

        Assert.Equal(["Product 3", "Product 2"], Names(page));
        Assert.Equal(
            """{"page":2,"pageSize":2,"total":5,"totalPages":3,"hasNext":true,"hasPrev":true,"nextCursor":""",
            page.GetProperty("meta").GetProperty("pagination").GetRawText()[..91]);
        Assert.Equal("""["Chairs","Desks"]""", page.GetProperty("categories").GetRawText());
    }

    [Fact]
    public async Task Every_page_by_cursor_continues_where_the_last_one_ended()
    {
        var org = await services.App.NewOrganization();
        for (var number = 1; number <= 5; number++)
            await Add(org, new { name = $"Product {number}", price = number });

        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await org.Owner.Get($"/products?pageSize=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200).Data;
            names.AddRange(Names(page));
            cursor = page.GetProperty("meta").GetProperty("pagination").TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(["Product 5", "Product 4", "Product 3", "Product 2", "Product 1"], names);
    }

    [Fact]
    public async Task Search_looks_in_name_sku_and_description_and_takes_signs_literally()
    {
        var org = await services.App.NewOrganization();
        await Add(org, new { name = "Oak desk", price = 1, sku = "A-1" });
        await Add(org, new { name = "Chair", price = 1, sku = "OAKY-2" });
        await Add(org, new { name = "Lamp", price = 1, sku = "C-3", description = "Stands on soaked wood" });
        await Add(org, new { name = "100% wool rug", price = 1, sku = "D_4" });

        Assert.Equal(["Lamp", "Chair", "Oak desk"], Names((await org.Owner.Get("/products?search=OAK")).Expect(200).Data));
        Assert.Equal(["100% wool rug"], Names((await org.Owner.Get("/products?search=0%25")).Expect(200).Data));
        Assert.Equal(["100% wool rug"], Names((await org.Owner.Get("/products?search=d_4")).Expect(200).Data));
        Assert.Empty(Names((await org.Owner.Get("/products?search=_-")).Expect(200).Data));
    }

    [Fact]
    public async Task Category_and_status_filter_whatever_their_case()
    {
        var org = await services.App.NewOrganization();
        await Add(org, new { name = "Desk", price = 1, category = "Furniture" });
        await Add(org, new { name = "Chair", price = 1, category = "furniture", status = "inactive" });
        await Add(org, new { name = "Rug", price = 1, category = "Textiles" });

        Assert.Equal(["Chair", "Desk"], Names((await org.Owner.Get("/products?category=FURNITURE")).Expect(200).Data));
        Assert.Equal(["Desk"], Names((await org.Owner.Get("/products?category=Furniture&status=active")).Expect(200).Data));
        Assert.Equal(["Chair"], Names((await org.Owner.Get("/products?status=Inactive")).Expect(200).Data));
        Assert.Equal(["Rug", "Chair", "Desk"], Names((await org.Owner.Get("/products")).Expect(200).Data));
    }

    [Fact]
    public async Task A_category_is_listed_once_spelled_as_its_newest_product_spells_it()
    {
        var org = await services.App.NewOrganization();
        await Add(org, new { name = "Desk", price = 1, category = "Furniture" });
        await Add(org, new { name = "Chair", price = 1, category = "FURNITURE" });
        await Add(org, new { name = "Rug", price = 1, category = "Textiles" });
        await Add(org, new { name = "Other", price = 1 });

        Assert.Equal("""{"categories":["FURNITURE","Textiles"]}""", (await org.Staff.Get("/products/categories")).Expect(200).Data.GetRawText());
    }

    [Theory]
    [InlineData("name", "Bench, chair, Desk")]
    [InlineData("name&sortOrder=desc", "Desk, chair, Bench")]
    [InlineData("price", "Desk, Bench, chair")]
    [InlineData("price&sortOrder=desc", "chair, Bench, Desk")]
    [InlineData("sku", "chair, Desk, Bench")]
    [InlineData("sku&sortOrder=desc", "Bench, Desk, chair")]
    [InlineData("createdAt&sortOrder=asc", "Desk, Bench, chair")]
    [InlineData("updatedAt", "chair, Bench, Desk")]
    [InlineData("updatedAt&sortOrder=asc", "Desk, Bench, chair")]
    public async Task The_list_can_be_sorted(string sortBy, string expected)
    {
        var org = await services.App.NewOrganization();
        await Add(org, new { name = "Desk", price = 1, sku = "B" });
        await Add(org, new { name = "Bench", price = 2, sku = "c" });
        await Add(org, new { name = "chair", price = 3, sku = "a" });

        Assert.Equal(expected, string.Join(", ", Names((await org.Owner.Get($"/products?sortBy={sortBy}")).Expect(200).Data)));
    }

    [Theory]
    [InlineData("status=gone", "status")]
    [InlineData("sortBy=cost", "sortBy")]
    [InlineData("page=0", "page")]
    [InlineData("sortBy=name&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor")]
    public async Task A_question_that_cannot_be_answered_is_refused(string query, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Get($"/products?{query}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Staff_see_products_without_their_cost()
    {
        var org = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10, cost = 4 });

        Assert.False((await org.Staff.Get($"/products/{id}")).Expect(200).Data.TryGetProperty("cost", out _));
        Assert.False(Assert.Single((await org.Staff.Get("/products")).Expect(200).Data.GetProperty("products").EnumerateArray()).TryGetProperty("cost", out _));
        foreach (var user in new[] { org.Owner, org.Manager })
        {
            Assert.Equal("4.00", (await user.Get($"/products/{id}")).Expect(200).Data.GetProperty("cost").GetRawText());
            Assert.Equal(
                "4.00",
                Assert.Single((await user.Get("/products")).Expect(200).Data.GetProperty("products").EnumerateArray()).GetProperty("cost").GetRawText());
        }
    }

    [Fact]
    public async Task Another_organisations_products_do_not_exist()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await Add(org, new { name = "Desk", price = 10, category = "Furniture" });

        (await other.Owner.Get($"/products/{id}")).Expect(404, "PRODUCT_NOT_FOUND");
        var list = (await other.Owner.Get("/products")).Expect(200).Data;
        Assert.Equal("[]", list.GetProperty("products").GetRawText());
        Assert.Equal("[]", list.GetProperty("categories").GetRawText());
        Assert.Equal(0, list.GetProperty("meta").GetProperty("pagination").GetProperty("totalPages").GetInt32());
        (await services.App.Anonymous.Get("/products")).Expect(401, "UNAUTHORIZED");
    }

    private static async Task<Guid> Add(TestOrganization org, object product) =>
        (await org.Owner.Post("/products", product)).Expect(201).Data.GetProperty("id").GetGuid();

    private static string[] Names(JsonElement page) =>
        [.. page.GetProperty("products").EnumerateArray().Select(product => product.GetProperty("name").GetString()!)];
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

public sealed class DealItemTests(TestServices services)
{
    [Fact]
    public async Task The_value_is_the_sum_of_the_items_each_rounded_with_halves_away_from_zero()
    {
        var org = await services.App.NewOrganization();
        var desk = await AddProduct(org, "Standing desk", 399.99m);

        var deal = (await org.Owner.Post("/deals", new
        {
            title = "x",
            contactId = await org.AddContact(org.Owner),
            items = new object[]
            {
                new { productId = desk, quantity = 3, discount = 12.5 },
                new { name = "Delivery", unitPrice = 0.05, quantity = 0.5 },
                new { productId = desk, name = "Desk, oak", unitPrice = 450 },
            },
        })).Expect(201).Data;

        // 3 × 399.99 × 0.875 = 1049.97375; 0.5 × 0.05 = 0.025
        Assert.Equal([1049.97m, 0.03m, 450m], deal.GetProperty("items").EnumerateArray().Select(item => item.Money("amount")));
        Assert.Equal(["Standing desk", "Delivery", "Desk, oak"], deal.GetProperty("items").EnumerateArray().Select(item => item.Text("name")));
        Assert.Equal(1500.00m, deal.Money("value"));
        Assert.Equal(desk, deal.GetProperty("items")[0].Id("productId"));
    }

    [Fact]
    public async Task Items_are_replaced_as_a_whole_and_decide_the_value()
    {
        var org = await services.App.NewOrganization();
        var sales = await Sales.Of(org);
        var contact = await org.AddContact(org.Owner);
        var deal = await sales.AddDeal(org.Owner, contactId: contact);
        object Items(decimal price) => new[] { new { name = "Chairs", quantity = 2, unitPrice = price } };

        Assert.Equal(20m, (await org.Owner.Patch($"/deals/{deal}", new { items = Items(10) })).Expect(200).Data.Money("value"));
        Assert.Equal(["value"], (await org.Owner.Patch($"/deals/{deal}", new { value = 30 })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["value"], (await org.Owner.Patch($"/deals/{deal}", new { items = Items(15), value = 31 })).Expect(400).Fields);
        Assert.Equal(30m, (await org.Owner.Patch($"/deals/{deal}", new { items = Items(15), value = 30 })).Expect(200).Data.Money("value"));
        var changes = (await sales.Timeline(contact))[0].GetProperty("changes").EnumerateArray()
            .ToDictionary(change => change.Text("field"), change => change.GetProperty("new").ToString(), StringComparer.Ordinal);
        Assert.Equal("""["2 x Chairs at 15.00"]""", changes["items"]);

        var cleared = (await org.Owner.Patch($"/deals/{deal}", new { items = Array.Empty<object>() })).Expect(200).Data;
        Assert.Equal((0, 30m), (cleared.GetProperty("items").GetArrayLength(), cleared.Money("value")));
        (await org.Owner.Patch($"/deals/{deal}", new { value = 5 })).Expect(200);
        await Consistent.Check(org);
    }

    [Fact]
    public async Task A_product_of_another_organisation_or_a_deleted_one_does_not_exist_but_stays_where_it_is()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var contactId = await org.AddContact(org.Owner);
        var (own, foreign) = (await AddProduct(org, "Desk", 10), await AddProduct(other, "Desk", 10));
        object Body(Guid productId) => new { title = "x", contactId, items = new[] { new { productId } } };

        (await org.Owner.Post("/deals", Body(foreign))).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Owner.Post("/deals", Body(Guid.NewGuid()))).Expect(404, "PRODUCT_NOT_FOUND");
        var deal = (await org.Owner.Post("/deals", Body(own))).Expect(201).Data.Id("id");
        await services.App.Sql("update products set deleted_at = now() where id = $1", own);
        (await org.Owner.Post("/deals", Body(own))).Expect(404, "PRODUCT_NOT_FOUND");
        (await org.Owner.Patch($"/deals/{deal}", new { items = new[] { new { productId = own, quantity = 2 } } })).Expect(200);
    }

    [Fact]
    public async Task A_price_in_another_currency_must_be_given()
    {
        var org = await services.App.NewOrganization();
        var contactId = await org.AddContact(org.Owner);
        var productId = await AddProduct(org, "Desk", 10, "EUR");

        Assert.Equal(
            ["items[0].unitPrice"], (await org.Owner.Post("/deals", new { title = "x", contactId, items = new[] { new { productId } } })).Expect(400).Fields);
        (await org.Owner.Post("/deals", new { title = "x", contactId, items = new[] { new { productId, unitPrice = 11 } } })).Expect(201);
        (await org.Owner.Post("/deals", new { title = "x", contactId, currency = "EUR", items = new[] { new { productId } } })).Expect(201);
    }

    [Theory]
    [InlineData("""[null]""", "items[0].name")]
    [InlineData("""[{"unitPrice":1}]""", "items[0].name")]
    [InlineData("""[{"name":"x"}]""", "items[0].unitPrice")]
    [InlineData("""[{"name":"x","unitPrice":-1}]""", "items[0].unitPrice")]
    [InlineData("""[{"name":"x","unitPrice":1,"quantity":0}]""", "items[0].quantity")]
    [InlineData("""[{"name":"x","unitPrice":1},{"name":"x","unitPrice":1,"discount":101}]""", "items[1].discount")]
    [InlineData("""[{"name":"x","unitPrice":999999999999,"quantity":2}]""", "items[0].quantity")]
    public async Task What_is_wrong_with_an_item_is_named(string items, string field)
    {
        var org = await services.App.NewOrganization();
        var contactId = await org.AddContact(org.Owner);
        var body = $$"""{"title":"x","contactId":"{{contactId}}","items":{{items}}}""";

        Assert.Equal([field], (await org.Owner.Post("/deals", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    private static async Task<Guid> AddProduct(TestOrganization org, string name, decimal price, string currency = "USD")
    {
        var id = Guid.NewGuid();
        await org.App.Sql(
            "insert into products (organization_id, id, name, sku, price, currency, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $7)",
            org.Id, id, name, id.ToString(), price, currency, org.App.Clock.GetUtcNow());
        return id;
    }
}

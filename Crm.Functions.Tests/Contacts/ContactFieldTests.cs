using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

/// <summary>What the fields of a contact may hold.</summary>
public sealed class ContactFieldTests(TestServices services)
{
    [Theory]
    [InlineData("""{"firstName":"Ann"}""", "Ann")]
    [InlineData("""{"name":"Ann"}""", "Ann")]
    [InlineData("""{"email":"ann@example.com"}""", "ann@example.com")]
    [InlineData("""{"phone":"415 555 0132"}""", "+14155550132")]
    [InlineData("""{"name":" Ann  Marie   Smith "}""", "Ann  Marie Smith")]
    public async Task One_of_name_email_and_phone_is_enough(string body, string name)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(name, (await org.Owner.Post("/contacts", body)).Expect(201).Data.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"company":"Northwind","status":"lead"}""")]
    [InlineData("""{"firstName":" ","name":"","email":"  ","phone":null}""")]
    public async Task Without_any_of_them_it_is_refused(string body)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(["firstName"], (await org.Owner.Post("/contacts", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Theory]
    [InlineData("firstName", 100)]
    [InlineData("lastName", 100)]
    [InlineData("name", 200)]
    [InlineData("company", 200)]
    [InlineData("jobTitle", 200)]
    [InlineData("source", 100)]
    [InlineData("address", 500)]
    [InlineData("notes", 10_000)]
    public async Task A_text_may_be_so_long_and_no_longer(string field, int longest)
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/contacts", Body(new string('x', longest)))).Expect(201);
        Assert.Equal([field], (await org.Owner.Post("/contacts", Body(new string('x', longest + 1)))).Expect(400, "VALIDATION_ERROR").Fields);

        Dictionary<string, string> Body(string text) => new(StringComparer.Ordinal) { ["phone"] = "4155550132", [field] = text };
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann@")]
    [InlineData("@example.com")]
    [InlineData("ann@example")]
    [InlineData("ann@@example.com")]
    [InlineData("ann smith@example.com")]
    [InlineData("Ann <ann@example.com>")]
    [InlineData("ann@example.com, bob@example.com")]
    [InlineData("ann@.example.com")]
    [InlineData("ann@example..com")]
    [InlineData("ann@example.com.")]
    [InlineData("ann@exa\u0000mple.com")]
    public async Task What_is_no_address_is_refused(string email)
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Post("/contacts", new { email })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(["email"], reply.Fields);
        Assert.Contains("e-mail address", reply.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ann+tag@example.co.uk")]
    [InlineData("o'brien@example.com")]
    [InlineData("ANN@EXAMPLE.COM")]
    [InlineData("a@b.co")]
    public async Task An_unusual_address_is_taken(string email)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(email, (await org.Owner.Post("/contacts", new { email })).Expect(201).Data.GetProperty("email").GetString());
    }

    [Fact]
    public async Task An_address_has_at_most_254_characters()
    {
        var org = await services.App.NewOrganization();
        var host = string.Join('.', Enumerable.Repeat(new string('d', 60), 4));
        var longest = new string('l', 254 - host.Length - 1) + "@" + host;
        (await org.Owner.Post("/contacts", new { email = longest })).Expect(201);
        Assert.Equal(["email"], (await org.Owner.Post("/contacts", new { email = "x" + longest })).Expect(400).Fields);
    }

    [Theory]
    [InlineData("call me")]
    [InlineData("12345")]
    [InlineData("+0123456789")]
    [InlineData("+1234567890123456")]
    [InlineData("415+5550132")]
    public async Task What_is_no_phone_number_is_refused(string phone)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(["phone"], (await org.Owner.Post("/contacts", new { name = "Ann", phone })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_phone_number_without_country_is_one_of_the_organisations()
    {
        var org = await services.App.NewOrganization();
        (await org.Manager.Patch("/settings/organization", new { country = "DE" })).Expect(200);
        Assert.Equal("+49301234567", (await org.Owner.Post("/contacts", new { phone = "030 1234567" })).Expect(201).Data.GetProperty("phone").GetString());
    }

    [Fact]
    public async Task There_are_at_most_50_tags_of_50_characters_none_blank()
    {
        var org = await services.App.NewOrganization();
        var fifty = Enumerable.Range(0, 50).Select(number => $"{number:00}".PadRight(50, 'x')).ToArray();

        var contact = (await org.Owner.Post("/contacts", new { name = "Ann", tags = fifty })).Expect(201).Data;
        Assert.Equal(50, contact.GetProperty("tags").GetArrayLength());

        foreach (var bad in new[] { [.. fifty, "more"], [new string('x', 51)], [" "], new string?[] { null } })
            Assert.Equal(["tags"], (await org.Owner.Post("/contacts", new { name = "Ann", tags = bad })).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Custom_fields_are_an_object_of_at_most_16_KB()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Post("/contacts", Body($$"""{"a":"{{new string('x', 16 * 1024 - 8)}}"}"""))).Expect(201);
        foreach (var bad in new[]
        {
            $$"""{"a":"{{new string('x', 16 * 1024 - 7)}}"}""", $$"""{"a":"{{new string('ü', 9 * 1024)}}"}""", "[1]", "\"text\"", "1", "true",
        })
            Assert.Equal(["customFields"], (await org.Owner.Post("/contacts", Body(bad))).Expect(400, "VALIDATION_ERROR").Fields);
        var none = (await org.Owner.Post("/contacts", Body("null"))).Expect(201).Data.GetProperty("customFields");
        Assert.Equal("{}", none.GetRawText());

        static string Body(string customFields) => $$"""{"name":"Ann","customFields":{{customFields}}}""";
    }

    [Theory]
    [InlineData("""{"name":"a\u0000b"}""", "name")]
    [InlineData("""{"name":"Ann","tags":["a\u0000b"]}""", "tags")]
    [InlineData("""{"name":"Ann","customFields":{"a":"b\u0000"}}""", "customFields")]
    [InlineData("""{"name":"Ann","customFields":{"a\u0000":1}}""", "customFields")]
    [InlineData("""{"name":"Ann","customFields":{"a":"\ud800"}}""", "customFields")]
    [InlineData("""{"name":"Ann","customFields":{"a":1e999999}}""", "customFields")]
    [InlineData("""{"name":"\ud800"}""", "name")]
    public async Task What_the_database_cannot_keep_is_refused(string body, string field)
    {
        var org = await services.App.NewOrganization();
        Assert.Equal([field], (await org.Owner.Post("/contacts", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task An_unknown_status_is_refused_with_the_known_ones()
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Post("/contacts", new { name = "Ann", status = "gone" })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(["status"], reply.Fields);
        Assert.Contains("lead, prospect, customer, active, inactive", reply.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class CreateContactTests(TestServices services)
{
    [Fact]
    public async Task A_new_contact_belongs_to_its_creator_and_has_a_timeline()
    {
        var org = await services.App.NewOrganization();

        var contact = (await org.Staff.Post("/contacts", new { name = "Ann Smith", email = "Ann@Example.com", phone = "(415) 555-0132", tags = new[] { " vip ", "VIP", "q4" } })).Expect(201).Data;

        Assert.Equal("Ann", contact.GetProperty("firstName").GetString());
        Assert.Equal("Smith", contact.GetProperty("lastName").GetString());
        Assert.Equal("+14155550132", contact.GetProperty("phone").GetString());
        Assert.Equal(["vip", "q4"], contact.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!));
        Assert.Equal("active", contact.GetProperty("status").GetString());
        Assert.Equal(org.Staff.Id, contact.GetProperty("ownerId").GetGuid());

        var timeline = (await org.Staff.Get($"/contacts/{contact.GetProperty("id").GetGuid()}/timeline")).Expect(200).Data.GetProperty("timeline");
        Assert.Equal("contact_created", Assert.Single(timeline.EnumerateArray()).GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_second_contact_with_the_same_address_is_refused_and_the_first_one_named_to_those_who_may_see_it()
    {
        var org = await services.App.NewOrganization();
        var first = await org.AddContact(org.Staff, "Ann", "ann@example.com");

        var seen = (await org.Owner.Post("/contacts", new { name = "Ann", email = " ANN@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.Equal(first, seen.Json.GetProperty("error").GetProperty("existingId").GetGuid());

        var hidden = (await org.OtherStaff.Post("/contacts", new { name = "Ann", email = "ann@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.False(hidden.Json.GetProperty("error").TryGetProperty("existingId", out _));

        (await org.Owner.Post("/contacts", new { name = "Ann", email = "ann@example.com", allowDuplicate = true })).Expect(201);
    }

    [Fact]
    public async Task Twenty_parallel_requests_for_one_address_make_one_contact()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => org.Owner.Post("/contacts", new { name = "Ann", email = "ann@example.com" })));

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Code == "CONTACT_DUPLICATE"));
    }

    [Fact]
    public async Task What_was_sent_is_what_is_read_back()
    {
        var org = await services.App.NewOrganization();
        var sent = new
        {
            firstName = " Ann ",
            lastName = "Smith",
            email = " Ann.Smith@Example.com ",
            phone = "+49 (0)30 1234567".Replace("(0)", "", StringComparison.Ordinal),
            company = "Northwind",
            jobTitle = "Buyer",
            status = "LEAD",
            source = "website",
            tags = new[] { "q4" },
            address = "12 Harbour Street",
            notes = "Prefers mail – Grüße 🙂",
            customFields = new { plan = "pro", seats = 40, nested = new { ok = true } },
            ownerId = org.Staff.Id,
            unknown = "ignored",
        };

        var id = (await org.Owner.Post("/contacts", sent)).Expect(201).Data.GetProperty("id").GetGuid();

        var contact = (await org.Owner.Get($"/contacts/{id}")).Expect(200).Data;
        Assert.Equal("Ann", contact.GetProperty("firstName").GetString());
        Assert.Equal("Ann Smith", contact.GetProperty("name").GetString());
        Assert.Equal("Ann.Smith@Example.com", contact.GetProperty("email").GetString());
        Assert.Equal("+49301234567", contact.GetProperty("phone").GetString());
        Assert.Equal("Northwind", contact.GetProperty("company").GetString());
        Assert.Equal("Buyer", contact.GetProperty("jobTitle").GetString());
        Assert.Equal("lead", contact.GetProperty("status").GetString());
        Assert.Equal("website", contact.GetProperty("source").GetString());
        Assert.Equal("12 Harbour Street", contact.GetProperty("address").GetString());
        Assert.Equal("Prefers mail – Grüße 🙂", contact.GetProperty("notes").GetString());
        Assert.Equal(40, contact.GetProperty("customFields").GetProperty("seats").GetInt32());
        Assert.True(contact.GetProperty("customFields").GetProperty("nested").GetProperty("ok").GetBoolean());
        Assert.Equal(org.Staff.Id, contact.GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal("Staff", contact.GetProperty("owner").GetProperty("firstName").GetString());
        Assert.Equal(1, contact.GetProperty("version").GetInt32());
        Assert.False(contact.GetProperty("unsubscribedEmail").GetBoolean());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", contact.GetProperty("createdAt").GetString());
    }

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
        foreach (var bad in new[] { $$"""{"a":"{{new string('x', 16 * 1024 - 7)}}"}""", $$"""{"a":"{{new string('ü', 9 * 1024)}}"}""", "[1]", "\"text\"", "1", "true" })
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

    [Fact]
    public async Task An_owner_must_be_an_active_colleague()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var gone = await org.AddUser("staff");
        await services.App.Sql("update users set status = 'inactive' where id = $1", gone.Id);

        (await org.Manager.Post("/contacts", new { name = "Ann", ownerId = org.Staff.Id })).Expect(201);
        (await org.Manager.Post("/contacts", new { name = "Ann", ownerId = other.Staff.Id })).Expect(404, "USER_NOT_FOUND");
        (await org.Manager.Post("/contacts", new { name = "Ann", ownerId = Guid.NewGuid() })).Expect(404, "USER_NOT_FOUND");
        (await org.Manager.Post("/contacts", new { name = "Ann", ownerId = gone.Id })).Expect(400, "USER_INACTIVE");
        Assert.Equal(["ownerId"], (await org.Manager.Post("/contacts", """{"name":"Ann","ownerId":"12"}""")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Staff_own_what_they_create()
    {
        var org = await services.App.NewOrganization();
        (await org.Staff.Post("/contacts", new { name = "Ann", ownerId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        Assert.Equal(org.Staff.Id, (await org.Staff.Post("/contacts", new { name = "Ann", ownerId = org.Staff.Id })).Expect(201).Data.GetProperty("ownerId").GetGuid());
    }

    [Fact]
    public async Task Every_fault_is_named()
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Post("/contacts", new { firstName = new string('x', 101), email = "nobody", status = "gone" })).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(["email", "firstName", "status"], reply.Fields);
    }

    [Fact]
    public async Task The_same_address_in_another_organisation_is_no_duplicate()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        (await org.Owner.Post("/contacts", new { email = "ann@example.com" })).Expect(201);
        (await other.Owner.Post("/contacts", new { email = "ann@example.com" })).Expect(201);
    }

    [Fact]
    public async Task Equal_phone_numbers_are_no_duplicates()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Post("/contacts", new { phone = "4155550132" })).Expect(201);
        (await org.Owner.Post("/contacts", new { phone = "4155550132" })).Expect(201);
    }
}

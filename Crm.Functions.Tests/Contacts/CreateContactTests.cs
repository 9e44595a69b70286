using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class CreateContactTests(TestServices services)
{
    [Fact]
    public async Task A_new_contact_belongs_to_its_creator_and_has_a_timeline()
    {
        var org = await services.App.NewOrganization();

        var contact = (await org.Staff.Post(
            "/contacts",
            new { name = "Ann Smith", email = "Ann@Example.com", phone = "(415) 555-0132", tags = new[] { " vip ", "VIP", "q4" } })).Expect(201).Data;

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
        Assert.Equal(
            org.Staff.Id, (await org.Staff.Post("/contacts", new { name = "Ann", ownerId = org.Staff.Id })).Expect(201).Data.GetProperty("ownerId").GetGuid());
    }

    [Fact]
    public async Task Every_fault_is_named()
    {
        var org = await services.App.NewOrganization();
        var reply = (await org.Owner.Post("/contacts", new { firstName = new string('x', 101), email = "nobody", status = "gone" }))
            .Expect(400, "VALIDATION_ERROR");
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

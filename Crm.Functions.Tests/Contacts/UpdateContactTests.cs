using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class UpdateContactTests(TestServices services)
{
    private static readonly object Everything = new
    {
        firstName = "Ann",
        lastName = "Smith",
        email = "ann@example.com",
        phone = "+14155550132",
        company = "Northwind",
        jobTitle = "Buyer",
        status = "lead",
        source = "website",
        tags = new[] { "a", "b" },
        address = "12 Harbour Street",
        notes = "Notes",
        customFields = new { plan = "pro" },
    };

    [Fact]
    public async Task An_absent_field_stays_and_null_clears()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.Post("/contacts", Everything)).Expect(201).Data.GetProperty("id").GetGuid();

        var contact = (await org.Owner.Patch(
            $"/contacts/{id}", """{"company":null,"tags":null,"customFields":null,"ownerId":null,"jobTitle":"","unknown":1}""")).Expect(200).Data;

        foreach (var cleared in new[] { "company", "jobTitle", "ownerId" })
            Assert.Equal(JsonValueKind.Null, contact.GetProperty(cleared).ValueKind);
        Assert.Equal("[]", contact.GetProperty("tags").GetRawText());
        Assert.Equal("{}", contact.GetProperty("customFields").GetRawText());
        Assert.Equal("Ann Smith", contact.GetProperty("name").GetString());
        Assert.Equal("ann@example.com", contact.GetProperty("email").GetString());
        Assert.Equal("+14155550132", contact.GetProperty("phone").GetString());
        Assert.Equal("lead", contact.GetProperty("status").GetString());
        Assert.Equal("Notes", contact.GetProperty("notes").GetString());
        Assert.Equal(2, contact.GetProperty("version").GetInt32());
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{"unknown":1}""", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"status":null}""", "status")]
    [InlineData("""{"status":""}""", "status")]
    [InlineData("""{"status":"gone"}""", "status")]
    [InlineData("""{"unsubscribedEmail":null}""", "unsubscribedEmail")]
    [InlineData("""{"unsubscribedSms":"yes"}""", "unsubscribedSms")]
    [InlineData("""{"tags":"a"}""", "tags")]
    [InlineData("""{"tags":[1]}""", "tags[0]")]
    [InlineData("""{"tags":[""]}""", "tags")]
    [InlineData("""{"firstName":5}""", "firstName")]
    [InlineData("""{"email":"nobody"}""", "email")]
    [InlineData("""{"phone":"call me"}""", "phone")]
    [InlineData("""{"ownerId":"12"}""", "ownerId")]
    [InlineData("""{"customFields":[]}""", "customFields")]
    [InlineData("""{"customFields":{"a":"\u0000"}}""", "customFields")]
    [InlineData("""{"notes":"a\u0000"}""", "notes")]
    public async Task A_bad_body_is_refused_and_its_field_named(string body, string field)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        Assert.Equal([field], (await org.Owner.Patch($"/contacts/{id}", body)).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["contact_created"], await org.Actions(id));
    }

    [Fact]
    public async Task The_lengths_are_those_of_a_new_contact()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        foreach (var (field, longest) in new[]
        {
            ("firstName", 100), ("lastName", 100), ("name", 200), ("company", 200), ("jobTitle", 200), ("source", 100), ("address", 500), ("notes", 10_000),
        })
        {
            (await org.Owner.Patch($"/contacts/{id}", new Dictionary<string, string>(StringComparer.Ordinal) { [field] = new('x', longest) })).Expect(200);
            Assert.Equal([field], (await org.Owner.Patch(
                $"/contacts/{id}", new Dictionary<string, string>(StringComparer.Ordinal) { [field] = new('x', longest + 1) })).Expect(400).Fields);
        }
    }

    [Fact]
    public async Task The_last_name_email_and_phone_cannot_all_go()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner, "Ann");
        (await org.Owner.Patch($"/contacts/{id}", """{"name":null}""")).Expect(400, "VALIDATION_ERROR");
        (await org.Owner.Patch($"/contacts/{id}", """{"name":null,"phone":"4155550132"}""")).Expect(200);
        Assert.Equal("+14155550132", (await org.Owner.Get($"/contacts/{id}")).Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_timeline_shows_each_field_with_its_old_and_new_value()
    {
        var org = await services.App.NewOrganization();
        var id = (await org.Owner.Post("/contacts", Everything)).Expect(201).Data.GetProperty("id").GetGuid();

        (await org.Manager.Patch($"/contacts/{id}", new
        {
            status = "customer",
            company = (string?)null,
            tags = new[] { "a", "c" },
            customFields = new { plan = "free" },
            ownerId = org.Staff.Id,
            unsubscribedSms = true,
        })).Expect(200);

        var entry = (await org.Owner.Get($"/contacts/{id}/timeline")).Expect(200).Data.GetProperty("timeline")[0];
        Assert.Equal("update", entry.GetProperty("type").GetString());
        Assert.Equal("contact_updated", entry.GetProperty("action").GetString());
        Assert.Equal(org.Manager.Id, entry.GetProperty("actor").GetProperty("id").GetGuid());
        var changes = entry.GetProperty("changes").EnumerateArray().ToDictionary(
            change => change.GetProperty("field").GetString()!,
            change => (Old: change.GetProperty("old"), New: change.GetProperty("new")), StringComparer.Ordinal);
        Assert.Equal(["company", "customFields", "ownerId", "status", "tags", "unsubscribedSms"], changes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("lead", changes["status"].Old.GetString());
        Assert.Equal("customer", changes["status"].New.GetString());
        Assert.Equal("Northwind", changes["company"].Old.GetString());
        Assert.Equal(JsonValueKind.Null, changes["company"].New.ValueKind);
        Assert.Equal("""["a","b"]""", Compact(changes["tags"].Old));
        Assert.Equal("""["a","c"]""", Compact(changes["tags"].New));
        Assert.Equal("""{"plan":"pro"}""", Compact(changes["customFields"].Old));
        Assert.Equal("""{"plan":"free"}""", Compact(changes["customFields"].New));
        Assert.Equal(org.Owner.Id, changes["ownerId"].Old.GetGuid());
        Assert.Equal(org.Staff.Id, changes["ownerId"].New.GetGuid());

        static string Compact(JsonElement json) => JsonSerializer.Serialize(json);
    }

    [Fact]
    public async Task A_request_that_changes_nothing_leaves_no_trace()
    {
        var org = await services.App.NewOrganization();
        var created = (await org.Owner.Post("/contacts", Everything)).Expect(201).Data;
        var id = created.GetProperty("id").GetGuid();

        var same = (await org.Owner.Patch($"/contacts/{id}", Everything)).Expect(200);
        (await org.Owner.Patch(
            $"/contacts/{id}",
            new { phone = "(415) 555-0132", status = "LEAD", company = " Northwind ", tags = new[] { "a", "b", "A" }, ownerId = org.Owner.Id })).Expect(200);

        Assert.Equal(1, same.Data.GetProperty("version").GetInt32());
        Assert.Equal("\"1\"", same.Headers["ETag"]);
        Assert.Equal(created.GetProperty("updatedAt").GetString(), (await org.Owner.Get($"/contacts/{id}")).Data.GetProperty("updatedAt").GetString());
        Assert.Equal(["contact_created"], await org.Actions(id));
    }

    [Theory]
    [InlineData("\"1\"", 200)]
    [InlineData("*", 200)]
    [InlineData("W/\"1\"", 200)]
    [InlineData("\"9\", \"1\"", 200)]
    [InlineData("\"2\"", 409)]
    [InlineData("abc", 409)]
    public async Task With_If_Match_only_that_version_is_changed(string expected, int status)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);

        var reply = (await org.Owner.Patch($"/contacts/{id}", new { company = "Northwind" }, ("If-Match", expected))).Expect(status);

        if (status == 200)
        {
            Assert.Equal("\"2\"", reply.Headers["ETag"]);
        }
        else
        {
            Assert.Equal("VERSION_CONFLICT", reply.Code);
            Assert.Equal(1, reply.Json.GetProperty("error").GetProperty("currentVersion").GetInt32());
        }
    }

    [Fact]
    public async Task Of_parallel_changes_to_one_version_one_wins()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(number => org.Owner.Patch($"/contacts/{id}", new { company = $"Company {number}" }, ("If-Match", "\"1\""))));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "VERSION_CONFLICT"));
    }

    [Fact]
    public async Task Only_managers_and_owners_hand_contacts_over()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);

        (await org.Staff.Patch($"/contacts/{id}", new { ownerId = org.OtherStaff.Id })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/contacts/{id}", """{"ownerId":null}""")).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/contacts/{id}", new { ownerId = org.Staff.Id, company = "Northwind" })).Expect(200);
        (await org.Manager.Patch($"/contacts/{id}", new { ownerId = other.Staff.Id })).Expect(404, "USER_NOT_FOUND");
        (await org.Manager.Patch($"/contacts/{id}", new { ownerId = org.OtherStaff.Id })).Expect(200);
        (await org.Staff.Get($"/contacts/{id}")).Expect(403, "FORBIDDEN");
        (await org.OtherStaff.Get($"/contacts/{id}")).Expect(200);
    }

    [Fact]
    public async Task An_inactive_colleague_gets_no_contacts()
    {
        var org = await services.App.NewOrganization();
        var gone = await org.AddUser("staff");
        var id = await org.AddContact(org.Owner);
        await services.App.Sql("update users set status = 'inactive' where id = $1", gone.Id);
        (await org.Owner.Patch($"/contacts/{id}", new { ownerId = gone.Id })).Expect(400, "USER_INACTIVE");
    }

    [Fact]
    public async Task An_address_that_another_contact_has_is_refused()
    {
        var org = await services.App.NewOrganization();
        var first = await org.AddContact(org.Staff, "Ann", "ann@example.com");
        var second = await org.AddContact(org.OtherStaff, "Bob", "bob@example.com");

        var seen = (await org.Owner.Patch($"/contacts/{second}", new { email = "ANN@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.Equal(first, seen.Json.GetProperty("error").GetProperty("existingId").GetGuid());
        var hidden = (await org.OtherStaff.Patch($"/contacts/{second}", new { email = "ann@example.com" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.False(hidden.Json.GetProperty("error").TryGetProperty("existingId", out _));
        Assert.Equal("bob@example.com", (await org.Owner.Get($"/contacts/{second}")).Data.GetProperty("email").GetString());

        (await org.Owner.Patch($"/contacts/{second}", new { email = "ann@example.com", allowDuplicate = true })).Expect(200);
        (await org.Owner.Patch($"/contacts/{second}", new { company = "Northwind" })).Expect(200);
        (await org.Owner.Patch($"/contacts/{first}", new { email = "Ann@Example.com" })).Expect(200);
    }

    [Fact]
    public async Task Of_parallel_changes_to_one_address_one_wins()
    {
        var org = await services.App.NewOrganization();
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => org.AddContact(org.Owner)));

        var replies = await Task.WhenAll(ids.Select(id => org.Owner.Patch($"/contacts/{id}", new { email = "ann@example.com" })));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "CONTACT_DUPLICATE"));
    }

    [Theory]
    [InlineData("""{"name":"Mary Ann Jones"}""", "Mary Ann", "Jones")]
    [InlineData("""{"name":"Cher"}""", "Cher", null)]
    [InlineData("""{"firstName":"Mary"}""", "Mary", "Smith")]
    [InlineData("""{"lastName":null}""", "Ann", null)]
    [InlineData("""{"name":"Somebody Else","firstName":"Mary"}""", "Mary", "Smith")]
    public async Task A_full_name_is_split_at_its_last_space(string body, string? first, string? last)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner, "Ann Smith");
        var contact = (await org.Owner.Patch($"/contacts/{id}", body)).Expect(200).Data;
        Assert.Equal(first, contact.GetProperty("firstName").GetString());
        Assert.Equal(last, contact.GetProperty("lastName").GetString());
    }

    [Fact]
    public async Task Nobody_changes_what_is_not_theirs()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);

        (await org.OtherStaff.Patch($"/contacts/{id}", new { company = "Mine" })).Expect(403, "FORBIDDEN");
        (await other.Owner.Patch($"/contacts/{id}", new { company = "Mine" })).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Patch($"/contacts/{Guid.NewGuid()}", new { company = "Mine" })).Expect(404, "CONTACT_NOT_FOUND");
        Assert.Equal(["contact_created"], await org.Actions(id));
    }
}

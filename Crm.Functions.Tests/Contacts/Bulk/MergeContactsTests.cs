using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts.Bulk;

public sealed class MergeContactsTests(TestServices services)
{
    [Fact]
    public async Task Two_contacts_become_one_that_has_what_either_had_and_both_timelines()
    {
        var org = await services.App.NewOrganization();
        var first = (await org.Manager.Post(
            "/contacts", new { name = "Ann Smith", phone = "+14155550132", tags = new[] { "a" }, customFields = new { x = 1 } }))
            .Expect(201).Data.GetProperty("id").GetGuid();
        var second = (await org.Manager.Post(
            "/contacts",
            new { name = "A. Smith", email = "ann@x.example", company = "Northwind", tags = new[] { "A", "b" }, customFields = new { x = 2, y = 3 } }))
            .Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Manager.Post($"/contacts/{second}/timeline", new { type = "note", description = "Likes tea" })).Expect(201);

        var tried = (await org.Manager.Post("/contacts/merge", new { primaryId = first, duplicateIds = new[] { second }, dryRun = true })).Expect(200).Data;
        Assert.Equal("Ann Smith", (await org.Manager.Get($"/contacts/{first}")).Data.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, (await org.Manager.Get($"/contacts/{first}")).Data.GetProperty("email").ValueKind);
        Assert.Equal("ann@x.example", tried.GetProperty("contact").GetProperty("email").GetString());

        var merged = (await org.Manager.Post("/contacts/merge", new { primaryId = first, duplicateIds = new[] { second } })).Expect(200).Data;

        var contact = merged.GetProperty("contact");
        Assert.Equal(
            """["Ann Smith","ann@x.example","Northwind","+14155550132"]""", contact.Values("name", "email", "company", "phone"));
        Assert.Equal(["a", "b"], contact.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!));
        Assert.Equal(
            (1, 3), (contact.GetProperty("customFields").GetProperty("x").GetInt32(), contact.GetProperty("customFields").GetProperty("y").GetInt32()));
        Assert.Equal(2, merged.GetProperty("moved").GetProperty("timelineEntries").GetInt32());
        Assert.Equal(4, (await org.Manager.Get($"/contacts/{first}/timeline")).Data.GetProperty("timeline").GetArrayLength());
        (await org.Manager.Post("/contacts", new { name = "Ann", email = "ANN@x.example" })).Expect(409, "CONTACT_DUPLICATE");
    }

    [Fact]
    public async Task The_id_of_a_merged_contact_answers_with_the_one_that_stays()
    {
        var org = await services.App.NewOrganization();
        var (a, b, c) = (await org.AddContact(org.Manager), await org.AddContact(org.Manager), await org.AddContact(org.Manager));
        (await org.Manager.Post("/contacts/merge", new { primaryId = b, duplicateIds = new[] { c } })).Expect(200);
        (await org.Manager.Post("/contacts/merge", new { primaryId = a, duplicateIds = new[] { b } })).Expect(200);

        foreach (var old in new[] { b, c })
        {
            Assert.Equal(a, (await org.Manager.Get($"/contacts/{old}")).Expect(200).Data.GetProperty("id").GetGuid());
            Assert.NotEqual(0, (await org.Manager.Get($"/contacts/{old}/timeline")).Expect(200).Data.GetProperty("timeline").GetArrayLength());
        }

        Assert.Equal(1, (await org.Manager.Get("/contacts")).Data.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Contacts_of_another_organisation_cannot_be_merged_and_nothing_happens()
    {
        var (org, other) = (await services.App.NewOrganization(), await services.App.NewOrganization());
        var (mine, theirs) = (await org.AddContact(org.Manager), await other.AddContact(other.Manager));

        (await org.Manager.Post("/contacts/merge", new { primaryId = mine, duplicateIds = new[] { theirs } })).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Staff.Post("/contacts/merge", new { primaryId = mine, duplicateIds = new[] { theirs } })).Expect(403, "FORBIDDEN");
        (await org.Manager.Post("/contacts/merge", new { primaryId = mine, duplicateIds = new[] { mine } })).Expect(400, "VALIDATION_ERROR");

        Assert.Equal("active", (await other.Manager.Get($"/contacts/{theirs}")).Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Contacts_that_share_an_address_or_a_phone_are_listed_oldest_first()
    {
        var org = await services.App.NewOrganization();
        async Task<Guid> Add(object contact) => (await org.Manager.Post("/contacts", contact)).Expect(201).Data.GetProperty("id").GetGuid();
        var a = await Add(new { name = "A", email = "ann@x.example", phone = "+14155550132" });
        var b = await Add(new { name = "B", email = "Ann@x.example", allowDuplicate = true });
        var c = await Add(new { name = "C", phone = "+14155550132" });
        await Add(new { name = "D", email = "dora@x.example", phone = "+14155550133" });

        var groups = (await org.Manager.Get("/contacts/duplicates")).Expect(200).Data;

        Assert.Equal(2, groups.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
        Assert.Equal(
            [("email", "ann@x.example", (Guid[])[a, b]), ("phone", "+14155550132", [a, c])],
            groups.GetProperty("duplicates").EnumerateArray().Select(group => (
                group.GetProperty("reason").GetString()!, group.GetProperty("value").GetString()!,
                group.GetProperty("contacts").EnumerateArray().Select(contact => contact.GetProperty("id").GetGuid()).ToArray())));
        Assert.Equal(1, (await org.Manager.Get("/contacts/duplicates?by=phone")).Data.GetProperty("duplicates").GetArrayLength());
    }
}

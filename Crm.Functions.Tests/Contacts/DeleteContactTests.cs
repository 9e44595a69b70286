using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class DeleteContactTests(TestServices services)
{
    [Fact]
    public async Task A_deleted_contact_is_inactive_and_leaves_the_list()
    {
        var org = await services.App.NewOrganization();
        var kept = await org.AddContact(org.Owner);
        var inactive = await org.AddContact(org.Owner);
        var deleted = await org.AddContact(org.Owner);
        (await org.Owner.Patch($"/contacts/{inactive}", new { status = "inactive" })).Expect(200);

        var answer = (await org.Owner.Delete($"/contacts/{deleted}")).Expect(200).Data;

        Assert.Equal(deleted, answer.GetProperty("id").GetGuid());
        Assert.Equal("inactive", answer.GetProperty("status").GetString());
        Assert.Equal([inactive, kept], (await org.Owner.Get("/contacts")).Expect(200).Ids("contacts"));
        Assert.Equal([deleted, inactive], (await org.Owner.Get("/contacts?status=inactive")).Expect(200).Ids("contacts"));
        Assert.Equal(["contact_deleted", "contact_created"], await org.Actions(deleted));
    }

    [Fact]
    public async Task Deleting_it_again_changes_nothing()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);
        (await org.Staff.Delete($"/contacts/{id}")).Expect(200);
        (await org.Staff.Delete($"/contacts/{id}")).Expect(200);

        Assert.Equal(2, (await org.Staff.Get($"/contacts/{id}")).Expect(200).Data.GetProperty("version").GetInt32());
        Assert.Equal(["contact_deleted", "contact_created"], await org.Actions(id));
    }

    [Fact]
    public async Task Setting_a_status_restores_it()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner, "Ann", "ann@example.com");
        (await org.Owner.Delete($"/contacts/{id}")).Expect(200);

        (await org.Owner.Patch($"/contacts/{id}", new { status = "active" })).Expect(200);

        Assert.Equal([id], (await org.Owner.Get("/contacts")).Expect(200).Ids("contacts"));
        Assert.Equal([], (await org.Owner.Get("/contacts?status=inactive")).Expect(200).Ids("contacts"));
        (await org.Owner.Post("/contacts", new { email = "ann@example.com" })).Expect(409, "CONTACT_DUPLICATE");
    }

    [Fact]
    public async Task Changing_another_field_does_not_restore_it()
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner, "Ann", "ann@example.com");
        (await org.Owner.Delete($"/contacts/{id}")).Expect(200);

        (await org.Owner.Patch($"/contacts/{id}", new { company = "Northwind", email = "ann@northwind.example" })).Expect(200);
        (await org.Owner.Patch($"/contacts/{id}", new { status = "inactive" })).Expect(200);

        Assert.Equal([], (await org.Owner.Get("/contacts")).Expect(200).Ids("contacts"));
        (await org.Owner.Post("/contacts", new { email = "ann@northwind.example" })).Expect(201);
    }

    [Fact]
    public async Task Its_address_is_free_and_when_somebody_took_it_the_restore_is_refused()
    {
        var org = await services.App.NewOrganization();
        var old = await org.AddContact(org.Owner, "Ann", "ann@example.com");
        (await org.Owner.Delete($"/contacts/{old}")).Expect(200);
        var next = await org.AddContact(org.Owner, "Ann", "ann@example.com");

        var refused = (await org.Owner.Patch($"/contacts/{old}", new { status = "active" })).Expect(409, "CONTACT_DUPLICATE");
        Assert.Equal(next, refused.Json.GetProperty("error").GetProperty("existingId").GetGuid());
        Assert.Equal("inactive", (await org.Owner.Get($"/contacts/{old}")).Data.GetProperty("status").GetString());
        Assert.Equal(["contact_deleted", "contact_created"], await org.Actions(old));

        (await org.Owner.Patch($"/contacts/{old}", new { status = "active", allowDuplicate = true })).Expect(200);
        Assert.Equal([next, old], (await org.Owner.Get("/contacts")).Expect(200).Ids("contacts"));
    }

    [Fact]
    public async Task A_contact_kept_beside_its_double_is_restored_beside_it()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Owner, "Ann", "ann@example.com");
        var twin = (await org.Owner.Post("/contacts", new { email = "ann@example.com", allowDuplicate = true })).Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Owner.Delete($"/contacts/{twin}")).Expect(200);
        (await org.Owner.Patch($"/contacts/{twin}", new { status = "active" })).Expect(409, "CONTACT_DUPLICATE");
        (await org.Owner.Patch($"/contacts/{twin}", new { status = "active", allowDuplicate = true })).Expect(200);
    }

    [Fact]
    public async Task Nobody_deletes_what_is_not_theirs()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff);

        (await org.OtherStaff.Delete($"/contacts/{id}")).Expect(403, "FORBIDDEN");
        (await other.Owner.Delete($"/contacts/{id}")).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Delete($"/contacts/{Guid.NewGuid()}")).Expect(404, "CONTACT_NOT_FOUND");
        Assert.Equal("active", (await org.Owner.Get($"/contacts/{id}")).Data.GetProperty("status").GetString());
    }
}

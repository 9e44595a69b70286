using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Contacts;

public sealed class GetContactTests(TestServices services)
{
    [Fact]
    public async Task A_contact_is_read_by_those_it_concerns()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var id = await org.AddContact(org.Staff, "Ann Smith");

        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
            Assert.Equal(id, (await user.Get($"/contacts/{id}")).Expect(200).Data.GetProperty("id").GetGuid());
        (await org.OtherStaff.Get($"/contacts/{id}")).Expect(403, "FORBIDDEN");
        (await other.Owner.Get($"/contacts/{id}")).Expect(404, "CONTACT_NOT_FOUND");
        (await other.Staff.Get($"/contacts/{id}")).Expect(404, "CONTACT_NOT_FOUND");
        (await org.Owner.Get($"/contacts/{Guid.NewGuid()}")).Expect(404, "CONTACT_NOT_FOUND");
        (await services.App.Anonymous.Get($"/contacts/{id}")).Expect(401, "UNAUTHORIZED");
    }

    [Theory]
    [InlineData("\"1\"", 304)]
    [InlineData("W/\"1\"", 304)]
    [InlineData("\"7\", \"1\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"2\"", 200)]
    [InlineData("1x", 200)]
    public async Task Who_has_the_current_version_gets_it_only_when_it_changed(string known, int status)
    {
        var org = await services.App.NewOrganization();
        var id = await org.AddContact(org.Owner);
        Assert.Equal("\"1\"", (await org.Owner.Get($"/contacts/{id}")).Expect(200).Headers["ETag"]);

        var reply = (await org.Owner.Get($"/contacts/{id}", ("If-None-Match", known))).Expect(status);
        Assert.Equal("\"1\"", reply.Headers["ETag"]);
        Assert.Equal(status == 304, reply.Body.Length == 0);

        (await org.Owner.Patch($"/contacts/{id}", new { company = "Northwind" })).Expect(200);
        Assert.Equal("\"2\"", (await org.Owner.Get($"/contacts/{id}", ("If-None-Match", "\"1\""))).Expect(200).Headers["ETag"]);
    }

    [Fact]
    public async Task An_inactive_and_a_deleted_contact_stay_readable()
    {
        var org = await services.App.NewOrganization();
        var inactive = await org.AddContact(org.Staff);
        var deleted = await org.AddContact(org.Staff);
        (await org.Staff.Patch($"/contacts/{inactive}", new { status = "inactive" })).Expect(200);
        (await org.Staff.Delete($"/contacts/{deleted}")).Expect(200);

        foreach (var id in new[] { inactive, deleted })
            Assert.Equal("inactive", (await org.Staff.Get($"/contacts/{id}")).Expect(200).Data.GetProperty("status").GetString());
    }
}

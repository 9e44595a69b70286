using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>Who I am, who my colleagues are, who may do what.</summary>
public sealed class UsersTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Everybody_reads_their_own_account_and_organisation()
    {
        var org = await _app.NewOrganization("Asia/Tokyo");
        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
        {
            var me = (await user.Get("/auth/me")).Expect(200).Data;
            Assert.Equal(user.Id, me.GetProperty("id").GetGuid());
            Assert.Equal(user.Email, me.GetProperty("email").GetString());
            Assert.Equal(user.Role, me.GetProperty("role").GetString());
            Assert.Equal(org.Id, me.GetProperty("organizationId").GetGuid());
            Assert.Equal("Asia/Tokyo", me.GetProperty("organization").GetProperty("timezone").GetString());
        }
    }

    [Fact]
    public async Task Everybody_sees_the_active_colleagues_of_their_organisation_by_name()
    {
        var org = await _app.NewOrganization();
        await _app.NewOrganization();
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);

        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
        {
            var users = (await user.Get("/users")).Expect(200).Data.GetProperty("users").EnumerateArray().ToArray();
            Assert.Equal([org.Manager.Id, org.Owner.Id, org.Staff.Id], users.Select(row => row.GetProperty("id").GetGuid()));
            Assert.Equal(["id", "firstName", "lastName", "name", "email", "role", "status", "avatar"], users[0].EnumerateObject().Select(field => field.Name));
        }
    }

    [Fact]
    public async Task The_list_filters_by_status_and_text_and_comes_in_pages()
    {
        var org = await _app.NewOrganization();
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);
        await _app.Sql("update users set first_name = 'Zoë', last_name = '100%_Pure' where id = $1", org.Staff.Id);

        Assert.Equal([org.OtherStaff.Id], await Ids("?status=inactive"));
        Assert.Equal([org.Manager.Id, org.Owner.Id, org.OtherStaff.Id, org.Staff.Id], await Ids("?status=All"));
        Assert.Equal([org.Staff.Id], await Ids("?search=ZO%C3%8B%20100"));
        Assert.Equal([org.Staff.Id], await Ids("?search=%25_"));
        Assert.Empty(await Ids("?search=%25%25"));
        Assert.Equal([org.Owner.Id], await Ids($"?search={org.Owner.Email}"));
        Assert.Equal(["status"], (await org.Owner.Get("/users?status=gone")).Expect(400, "VALIDATION_ERROR").Fields);

        var page = (await org.Owner.Get("/users?pageSize=2&page=2")).Expect(200).Data;
        Assert.Equal([org.Staff.Id], page.GetProperty("users").EnumerateArray().Select(row => row.GetProperty("id").GetGuid()));
        Assert.Equal(
            """{"page":2,"pageSize":2,"total":3,"totalPages":2,"hasNext":false,"hasPrev":true}""",
            page.GetProperty("meta").GetProperty("pagination").GetRawText());

        async Task<IEnumerable<Guid>> Ids(string query) =>
            (await org.Owner.Get($"/users{query}")).Expect(200).Data.GetProperty("users").EnumerateArray().Select(row => row.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Everybody_reads_who_may_do_what()
    {
        var org = await _app.NewOrganization();

        var table = (await org.Staff.Get("/auth/permissions")).Expect(200).Data.GetProperty("permissions").EnumerateArray()
            .ToDictionary(
                row => row.GetProperty("permission").GetString()!,
                row => $"{row.GetProperty("owner")} {row.GetProperty("manager")} {row.GetProperty("staff")}");

        Assert.Equal("all own none", table["inviteUsers"]);
        Assert.Equal("all all all", table["listUsers"]);
        Assert.Equal("all all own", table["readContacts"]);
        Assert.Equal("all all own", table["writeContacts"]);
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

public sealed class ListTeamTests(TestServices services)
{
    [Fact]
    public async Task The_owner_sees_all_members_by_name_with_their_open_work()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        var board = await org.AddPipeline();
        var contact = await org.AddContact(org.Staff);
        await org.AddContact(org.Staff);
        (await org.Owner.Delete($"/contacts/{await org.AddContact(org.Staff)}")).Expect(200);
        await org.AddContact(org.Manager);
        await other.AddContact(other.Staff);
        await org.AddDeal(board, org.Staff, contact);
        await org.AddDeal(board, org.Staff, contact, "won");
        await org.AddDeal(board, org.Staff, contact, "lost");
        await org.AddTask(org.Staff);
        await org.AddTask(org.Staff, "in_progress");
        await org.AddTask(org.Staff, "completed");
        await org.AddTask(org.Staff, "cancelled");

        var reply = (await org.Owner.Get("/settings/team")).Expect(200);

        Assert.Equal(
            ["Manager Tester", "Owner Tester", "Staff Tester", "Staff Tester"],
            reply.Data.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("name").GetString()!));
        Assert.Equal("""{"contacts":2,"openDeals":1,"openTasks":2}""", (await org.Owner.Member(org.Staff)).GetProperty("counts").GetRawText());
        Assert.Equal("""{"contacts":1,"openDeals":0,"openTasks":0}""", (await org.Owner.Member(org.Manager)).GetProperty("counts").GetRawText());
        Assert.Equal("""{"contacts":0,"openDeals":0,"openTasks":0}""", (await org.Owner.Member(org.OtherStaff)).GetProperty("counts").GetRawText());
        Assert.Equal(4, reply.Data.GetProperty("meta").GetProperty("pagination").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_member_has_the_fields_of_a_user_and_nothing_secret()
    {
        var org = await services.App.NewOrganization();

        Assert.Equal(
            [
                "avatar", "counts", "createdAt", "email", "firstName", "id", "language", "lastLoginAt",
                "lastName", "name", "organizationId", "phone", "preferences", "role", "status", "timezone",
            ],
            (await org.Owner.Member(org.Staff)).EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_invitations_that_can_still_be_accepted_are_pending()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Post("/auth/invite", new { email = $"open-{org.Id:N}@example.com", role = "staff" })).Expect(201);
        (await org.Owner.Post("/auth/invite", new { email = $"expired-{org.Id:N}@example.com", role = "staff" })).Expect(201);
        var revoked = (await org.Manager.Post("/auth/invite", new { email = $"revoked-{org.Id:N}@example.com", role = "staff" }))
            .Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Owner.Delete($"/auth/invitations/{revoked}")).Expect(200);
        await services.App.Sql("update invitations set expires_at = now() - interval '1 hour' where organization_id = $1 and email like 'expired-%'", org.Id);

        var invitation = Assert.Single((await org.Owner.Get("/settings/team")).Expect(200).Data.GetProperty("pendingInvitations").EnumerateArray());

        Assert.Equal($"open-{org.Id:N}@example.com", invitation.GetProperty("email").GetString());
        Assert.False(invitation.TryGetProperty("token", out _));
    }

    [Fact]
    public async Task Filters_search_and_pages_narrow_the_list()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Patch($"/settings/team/{org.OtherStaff.Id}", new { status = "inactive" })).Expect(200);

        Assert.Equal([org.OtherStaff.Email], (await org.Owner.Get("/settings/team?status=inactive")).Emails());
        Assert.Equal([org.Staff.Email], (await org.Owner.Get("/settings/team?role=STAFF&status=active")).Emails());
        Assert.Equal([org.Manager.Email], (await org.Owner.Get("/settings/team?search=manager%20TEST")).Emails());
        Assert.Equal([org.Owner.Email], (await org.Owner.Get($"/settings/team?search={org.Owner.Email}")).Emails());
        var first = (await org.Owner.Get("/settings/team?pageSize=3")).Expect(200).Data;
        Assert.Equal(3, first.GetProperty("members").GetArrayLength());
        Assert.Equal(
            """{"page":1,"pageSize":3,"total":4,"totalPages":2,"hasNext":true,"hasPrev":false}""",
            first.GetProperty("meta").GetProperty("pagination").GetRawText());
        var page = (await org.Owner.Get("/settings/team?page=2&pageSize=3")).Expect(200).Data;
        Assert.Single(page.GetProperty("members").EnumerateArray());
        Assert.Equal(
            """{"page":2,"pageSize":3,"total":4,"totalPages":2,"hasNext":false,"hasPrev":true}""",
            page.GetProperty("meta").GetProperty("pagination").GetRawText());
        Assert.Equal(["role"], (await org.Owner.Get("/settings/team?role=boss")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Thirty_members_come_at_once_when_no_page_is_asked_for()
    {
        var org = await services.App.NewOrganization();
        for (var number = 0; number < 26; number++)
            await org.AddUser("staff");

        Assert.Equal(30, (await org.Owner.Get("/settings/team")).Emails().Length);
        Assert.Equal(25, (await org.Owner.Get("/settings/team?page=1")).Emails().Length);
    }

    [Fact]
    public async Task Managers_and_staff_do_not_see_the_team()
    {
        var org = await services.App.NewOrganization();

        (await org.Manager.Get("/settings/team")).Expect(403, "FORBIDDEN");
        (await org.Staff.Get("/settings/team")).Expect(403, "FORBIDDEN");
        (await services.App.Anonymous.Get("/settings/team")).Expect(401, "UNAUTHORIZED");
    }
}

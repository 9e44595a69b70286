using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

public sealed class RemoveMemberTests(TestServices services)
{
    [Fact]
    public async Task A_removed_member_is_signed_out_leaves_the_lists_and_keeps_their_records()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);

        var reply = (await org.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(200);

        Assert.Equal(
            $$$"""{"id":"{{{org.Staff.Id}}}","status":"inactive","reassigned":"""
                + """{"contacts":0,"deals":0,"tasks":0,"campaigns":0,"conversations":0,"invoices":0}}""",
            reply.Data.GetRawText());
        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Post("/auth/login", new { email = org.Staff.Email, password = TestOrganization.Password }))
            .Expect(403, "ACCOUNT_INACTIVE");
        Assert.DoesNotContain(org.Staff.Email, (await org.Owner.Get("/settings/team")).Emails());
        Assert.DoesNotContain(org.Staff.Email, (await org.Manager.Get("/users?status=all")).Body, StringComparison.Ordinal);
        Assert.Equal([org.Staff.Email], (await org.Owner.Get("/settings/team?status=inactive")).Emails());
        Assert.Equal(org.Staff.Id, (await org.Owner.Get($"/contacts/{contact}")).Data.GetProperty("ownerId").GetGuid());
    }

    [Fact]
    public async Task Their_contacts_open_deals_and_open_tasks_go_to_the_one_named()
    {
        var org = await services.App.NewOrganization();
        var board = await org.AddPipeline();
        var contact = await org.AddContact(org.Staff);
        await org.AddContact(org.Staff);
        var deleted = await org.AddContact(org.Staff);
        (await org.Owner.Delete($"/contacts/{deleted}")).Expect(200);
        var untouched = await org.AddContact(org.Manager);
        await org.AddDeal(board, org.Staff, contact);
        await org.AddDeal(board, org.Staff, contact, "won");
        await org.AddTask(org.Staff);
        await org.AddTask(org.Staff, "in_progress");
        await org.AddTask(org.Staff, "completed");

        var reply = (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.OtherStaff.Id}")).Expect(200).Data;

        Assert.Equal("""{"contacts":2,"deals":1,"tasks":2,"campaigns":0,"conversations":0,"invoices":0}""", reply.GetProperty("reassigned").GetRawText());
        Assert.Equal("""{"contacts":2,"openDeals":1,"openTasks":2}""", (await org.Owner.Member(org.OtherStaff)).GetProperty("counts").GetRawText());
        Assert.Equal(
            """{"contacts":0,"openDeals":0,"openTasks":0}""", (await org.Owner.Member(org.Staff, "?status=inactive")).GetProperty("counts").GetRawText());
        Assert.Equal(org.Manager.Id, (await org.Owner.Get($"/contacts/{untouched}")).Data.GetProperty("ownerId").GetGuid());
        Assert.Equal(2L, await services.App.Scalar<long>(
            "select count(*) from tasks where organization_id = $1 and assignee_id = $2 and version = 2", org.Id, org.OtherStaff.Id));

        var moved = (await org.OtherStaff.Get($"/contacts/{contact}")).Expect(200).Data;
        Assert.Equal(2, moved.GetProperty("version").GetInt32());
        var entry = (await org.OtherStaff.Get($"/contacts/{contact}/timeline")).Expect(200).Data.GetProperty("timeline").EnumerateArray().First();
        Assert.Equal($$"""[{"field":"ownerId","old":"{{org.Staff.Id}}","new":"{{org.OtherStaff.Id}}"}]""", entry.GetProperty("changes").GetRawText());
        Assert.Equal(org.Owner.Id, entry.GetProperty("actor").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Many_records_go_over_in_the_background_and_the_progress_shows()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Get($"/settings/team/{org.Staff.Id}/hand-over")).Expect(404, "HAND_OVER_NOT_FOUND");
        await services.App.Sql(
            """
            insert into contacts (organization_id, id, owner_id, first_name, created_at, updated_at)
            select $1, gen_random_uuid(), $2, 'Ann ' || n, now(), now()
            from generate_series(1, 5000) n
            """,
            org.Id, org.Staff.Id);
        await org.AddTask(org.Staff);

        var reply = (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.OtherStaff.Id}")).Expect(200).Data;
        Assert.Equal(
            ("running", 5001),
            (reply.GetProperty("handOver").GetProperty("status").GetString(), reply.GetProperty("handOver").GetProperty("total").GetInt32()));
        await services.App.Settled(org.Id);
        var progress = await Completed(org);

        Assert.Equal("""{"contacts":5000,"deals":0,"tasks":1,"campaigns":0,"conversations":0,"invoices":0}""", progress.GetProperty("reassigned").GetRawText());
        Assert.Equal("""{"contacts":5000,"openDeals":0,"openTasks":1}""", (await org.Owner.Member(org.OtherStaff)).GetProperty("counts").GetRawText());
        Assert.Equal(
            5000L, await services.App.Scalar<long>("select count(*) from timeline_entries where organization_id = $1 and action = 'contact_updated'", org.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_on_its_way_to_a_member_who_is_removed_goes_on_to_their_successor(bool isBack)
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        var taker = isBack ? org.Staff : org.Manager;
        // A hand-over from the one to the other that has come to a halt.
        await services.App.Sql(
            "insert into hand_overs (organization_id, id, from_id, to_id, actor_id, total, created_at, updated_at)"
                + " values ($1, gen_random_uuid(), $2, $3, $4, 1, now(), now())",
            org.Id, org.Staff.Id, org.OtherStaff.Id, org.Owner.Id);
        var others = await org.AddContact(org.OtherStaff);

        (await org.Owner.Delete($"/settings/team/{org.OtherStaff.Id}?reassignTo={taker.Id}")).Expect(200);
        await services.App.Sql("update hand_overs set updated_at = now() - interval '1 hour' where organization_id = $1", org.Id);
        await services.App.RunTimer("SweepHandOvers");

        Assert.Equal("completed", (await Completed(org)).GetProperty("status").GetString());
        foreach (var id in new[] { contact, others })
            Assert.Equal(taker.Id, (await org.Owner.Get($"/contacts/{id}")).Expect(200).Data.GetProperty("ownerId").GetGuid());
    }

    [Fact]
    public async Task What_is_still_on_its_way_from_a_removed_member_goes_to_the_one_named_last()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Staff);
        await services.App.Sql(
            "insert into hand_overs (organization_id, id, from_id, to_id, actor_id, total, created_at, updated_at)"
                + " values ($1, gen_random_uuid(), $2, $3, $4, 1, now(), now() - interval '1 hour')",
            org.Id, org.Staff.Id, org.OtherStaff.Id, org.Owner.Id);

        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.Manager.Id}")).Expect(200);
        await services.App.RunTimer("SweepHandOvers");

        Assert.Equal(0, await services.App.Scalar<long>("select count(*) from hand_overs where organization_id = $1 and status = 'running'", org.Id));
        Assert.Equal(org.Manager.Id, (await org.Owner.Get($"/contacts/{contact}")).Expect(200).Data.GetProperty("ownerId").GetGuid());
    }

    // Its last message may still be on its way from one batch to the next.
    private static async Task<JsonElement> Completed(TestOrganization org)
    {
        for (var tries = 0; ; tries++)
        {
            var progress = (await org.Owner.Get($"/settings/team/{org.Staff.Id}/hand-over")).Expect(200).Data;
            if (progress.GetProperty("status").GetString() == "completed" || tries == 100)
                return progress;
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task Removing_twice_succeeds_and_the_second_time_may_hand_over_what_was_left()
    {
        var org = await services.App.NewOrganization();
        await org.AddContact(org.Staff);

        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(200);
        Assert.Equal(
            """{"contacts":0,"deals":0,"tasks":0,"campaigns":0,"conversations":0,"invoices":0}""",
            (await org.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(200).Data.GetProperty("reassigned").GetRawText());
        Assert.Equal(
            """{"contacts":1,"deals":0,"tasks":0,"campaigns":0,"conversations":0,"invoices":0}""",
            (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.Owner.Id}")).Expect(200).Data.GetProperty("reassigned").GetRawText());
        Assert.Equal(2L, await services.App.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'user.removed'", org.Id));
    }

    [Fact]
    public async Task A_removed_member_comes_back_by_being_made_active()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(200);
        (await org.Owner.Post("/auth/invite", new { email = org.Staff.Email, role = "staff" })).Expect(409, "USER_EXISTS");

        (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { status = "active" })).Expect(200);

        Assert.Contains(org.Staff.Email, (await org.Owner.Get("/settings/team")).Emails());
        (await services.App.Anonymous.Post("/auth/login", new { email = org.Staff.Email, password = TestOrganization.Password })).Expect(200);
    }

    [Fact]
    public async Task The_one_who_takes_over_must_be_another_active_member()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();
        (await org.Owner.Patch($"/settings/team/{org.OtherStaff.Id}", new { status = "inactive" })).Expect(200);

        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={other.Staff.Id}")).Expect(404, "USER_NOT_FOUND");
        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={Guid.NewGuid()}")).Expect(404, "USER_NOT_FOUND");
        (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.OtherStaff.Id}")).Expect(400, "USER_INACTIVE");
        Assert.Equal(
            ["reassignTo"], (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo={org.Staff.Id}")).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["reassignTo"], (await org.Owner.Delete($"/settings/team/{org.Staff.Id}?reassignTo=somebody")).Expect(400, "VALIDATION_ERROR").Fields);
        (await org.Staff.Get("/auth/me")).Expect(200);
    }

    [Fact]
    public async Task Nobody_removes_themselves_and_two_owners_do_not_remove_each_other()
    {
        var org = await services.App.NewOrganization();
        (await org.Owner.Delete($"/settings/team/{org.Owner.Id}")).Expect(403, "CANNOT_REMOVE_SELF");
        var second = await org.AddUser("owner");

        var replies = await Task.WhenAll(org.Owner.Delete($"/settings/team/{second.Id}"), second.Delete($"/settings/team/{org.Owner.Id}"));

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Single(replies, reply => reply.Code is "LAST_OWNER" or "UNAUTHORIZED");
    }

    [Fact]
    public async Task Only_owners_of_the_same_organisation_remove_members()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();

        (await org.Manager.Delete($"/settings/team/{org.Staff.Id}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Delete($"/settings/team/{org.OtherStaff.Id}")).Expect(403, "FORBIDDEN");
        (await other.Owner.Delete($"/settings/team/{org.Staff.Id}")).Expect(404, "USER_NOT_FOUND");
    }
}

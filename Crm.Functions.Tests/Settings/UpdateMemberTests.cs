using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

public sealed class UpdateMemberTests(TestServices services)
{
    [Fact]
    public async Task A_new_role_holds_from_the_next_request_on_without_signing_out()
    {
        var org = await services.App.NewOrganization();
        (await org.Staff.Post("/products", new { name = "Desk", price = 1 })).Expect(403, "FORBIDDEN");

        var user = (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { role = "Manager" })).Expect(200).Data;

        Assert.Equal("manager", user.GetProperty("role").GetString());
        Assert.Equal("active", user.GetProperty("status").GetString());
        (await org.Staff.Post("/products", new { name = "Desk", price = 1 })).Expect(201);
        (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { role = "staff" })).Expect(200);
        (await org.Staff.Post("/products", new { name = "Desk", price = 1 })).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task An_inactive_member_is_signed_out_at_once_and_cannot_sign_in()
    {
        var org = await services.App.NewOrganization();
        var session = (await SignIn(org.Staff)).Expect(200).Data;
        (await org.Staff.Get("/auth/me")).Expect(200);

        Assert.Equal(
            "inactive",
            (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { status = "inactive" })).Expect(200).Data.GetProperty("status").GetString());

        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Post("/auth/refresh", new { refreshToken = session.GetProperty("refreshToken").GetString() })).Expect(401);
        (await SignIn(org.Staff)).Expect(403, "ACCOUNT_INACTIVE");

        (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { status = "active" })).Expect(200);
        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await SignIn(org.Staff)).Expect(200);
    }

    [Fact]
    public async Task A_change_is_audited_once_and_a_change_of_nothing_is_not()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { role = "manager" })).Expect(200);
        (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", new { role = "manager", status = "active" })).Expect(200);

        Assert.Equal(
            """{"after": {"role": "manager", "status": "active"}, "before": {"role": "staff", "status": "active"}}""",
            await services.App.Scalar<string>(
                "select string_agg(data::text, ';') from audit_events where organization_id = $1 and action = 'user.access_changed'", org.Id));
    }

    [Fact]
    public async Task Nobody_changes_themselves()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Patch($"/settings/team/{org.Owner.Id}", new { role = "staff" })).Expect(403, "CANNOT_MODIFY_SELF");
        (await org.Owner.Patch($"/settings/team/{org.Owner.Id}", new { status = "active" })).Expect(403, "CANNOT_MODIFY_SELF");
    }

    [Fact]
    public async Task There_may_be_several_owners_and_one_may_step_back()
    {
        var org = await services.App.NewOrganization();

        (await org.Owner.Patch($"/settings/team/{org.Manager.Id}", new { role = "owner" })).Expect(200);
        (await org.Manager.Patch($"/settings/team/{org.Owner.Id}", new { role = "staff" })).Expect(200);
        (await org.Owner.Get("/settings/team")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Of_two_owners_who_demote_each_other_exactly_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var org = await services.App.NewOrganization();
            var second = await org.AddUser("owner");
            object change = round % 2 == 0 ? new { role = "staff" } : new { status = "inactive" };

            var replies = await Task.WhenAll(org.Owner.Patch($"/settings/team/{second.Id}", change), second.Patch($"/settings/team/{org.Owner.Id}", change));

            Assert.Single(replies, reply => reply.Status == 200);
            // Too late by a little: the last owner stays. Too late by more: no owner, or no session, any more.
            Assert.Single(replies, reply => reply.Code is "LAST_OWNER" or "FORBIDDEN" or "UNAUTHORIZED");
            Assert.Equal(
                1L, await services.App.Scalar<long>("select count(*) from users where organization_id = $1 and role = 'owner' and status = 'active'", org.Id));
        }
    }

    [Fact]
    public async Task An_owner_demoted_while_waiting_for_the_lock_meets_the_last_owner()
    {
        var org = await services.App.NewOrganization();
        var second = await org.AddUser("owner");
        var ct = TestContext.Current.CancellationToken;
        await using var other = await services.App.OpenConnection();
        await using var transaction = await other.BeginTransactionAsync(ct);
        await using (var demote = new Npgsql.NpgsqlCommand("update users set role = 'staff' where organization_id = $1 and id = $2", other, transaction))
        {
            demote.Parameters.AddWithValue(org.Id);
            demote.Parameters.AddWithValue(second.Id);
            await demote.ExecuteNonQueryAsync(ct);
        }

        var waiting = second.Patch($"/settings/team/{org.Owner.Id}", new { role = "staff" });
        await Task.Delay(300, ct);
        Assert.False(waiting.IsCompleted);
        await transaction.CommitAsync(ct);

        (await waiting).Expect(409, "LAST_OWNER");
    }

    [Fact]
    public async Task Five_owners_who_all_demote_each_other_leave_at_least_one()
    {
        var org = await services.App.NewOrganization();
        var owners = new List<TestUser> { org.Owner };
        for (var number = 0; number < 4; number++)
            owners.Add(await org.AddUser("owner"));

        var replies = await Task.WhenAll(
            owners.SelectMany(by => owners.Where(whom => whom != by).Select(whom => by.Patch($"/settings/team/{whom.Id}", new { role = "staff" }))));

        Assert.DoesNotContain(replies, reply => reply.Status >= 500);
        Assert.True(
            await services.App.Scalar<long>("select count(*) from users where organization_id = $1 and role = 'owner' and status = 'active'", org.Id) >= 1);
    }

    [Theory]
    [InlineData("""{"role":"boss"}""", "role")]
    [InlineData("""{"role":null}""", "role")]
    [InlineData("""{"status":"asleep"}""", "status")]
    [InlineData("""{"firstName":"x"}""", "body")]
    public async Task A_field_that_will_not_do_is_named(string body, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await org.Owner.Patch($"/settings/team/{org.Staff.Id}", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Only_owners_of_the_same_organisation_change_members()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();

        (await org.Manager.Patch($"/settings/team/{org.Staff.Id}", new { role = "manager" })).Expect(403, "FORBIDDEN");
        (await org.Staff.Patch($"/settings/team/{org.OtherStaff.Id}", new { role = "manager" })).Expect(403, "FORBIDDEN");
        (await other.Owner.Patch($"/settings/team/{org.Staff.Id}", new { role = "manager" })).Expect(404, "USER_NOT_FOUND");
        (await org.Owner.Patch($"/settings/team/{Guid.NewGuid()}", new { role = "manager" })).Expect(404, "USER_NOT_FOUND");
    }

    private Task<TestReply> SignIn(TestUser user) =>
        services.App.Anonymous.Post("/auth/login", new { email = user.Email, password = TestOrganization.Password });
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>Two instances of the app over one database.</summary>
public sealed class RevocationTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>
{
    private static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task A_new_role_counts_within_five_seconds_without_signing_in_again()
    {
        var org = await _app.NewOrganization();
        (await org.Staff.Get("/auth/invitations")).Expect(403, "FORBIDDEN");
        await _app.Sql("update users set role = 'manager' where id = $1", org.Staff.Id);

        _app.Clock.Advance(FiveSeconds);

        (await org.Staff.Get("/auth/invitations")).Expect(200);
        Assert.Equal("manager", (await org.Staff.Get("/auth/me")).Data.GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_role_taken_away_is_gone_within_five_seconds()
    {
        var org = await _app.NewOrganization();
        (await org.Manager.Get("/auth/invitations")).Expect(200);
        await _app.Sql("update users set role = 'staff' where id = $1", org.Manager.Id);

        _app.Clock.Advance(FiveSeconds);

        (await org.Manager.Get("/auth/invitations")).Expect(403, "FORBIDDEN");
        (await org.Manager.Post("/auth/invite", new { email = "ann@example.test", role = "staff" })).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Revocation_is_seen_by_every_instance()
    {
        var connection = "";
        await using var one = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        await using var two = await services.StartApp(settings => settings["Database:ConnectionString"] = connection);
        var org = await one.NewOrganization();
        TestClient Elsewhere(TestUser user) => new(two, user.AccessToken);
        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
        {
            (await user.Get("/auth/me")).Expect(200);
            (await Elsewhere(user).Get("/auth/me")).Expect(200);
        }

        await one.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);
        (await org.Owner.Post("/auth/logout")).Expect(200);
        (await org.Manager.Post("/auth/logout-all")).Expect(200);

        (await org.Owner.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await org.Manager.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        one.Clock.Advance(FiveSeconds);
        two.Clock.Advance(FiveSeconds);
        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        foreach (var user in new[] { org.Owner, org.Manager, org.Staff })
            (await Elsewhere(user).Get("/auth/me")).Expect(401, "UNAUTHORIZED");
    }
}

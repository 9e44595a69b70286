using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class LogoutTests(TestServices services)
{
    [Fact]
    public async Task Logging_out_ends_both_tokens_of_this_session_only()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var session = await app.NewSession(org.Staff);
        var other = await app.NewSession(org.Staff);

        (await session.Client.Post("/auth/logout")).Expect(200);

        (await session.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await app.Refresh(session.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await other.Client.Get("/auth/me")).Expect(200);
        (await app.Refresh(other.RefreshToken)).Expect(200);
        (await session.Client.Post("/auth/logout")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_refresh_token_in_the_body_ends_its_session_as_well_when_it_is_ones_own()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var session = await app.NewSession(org.Staff);
        var second = await app.NewSession(org.Staff);
        var colleague = await app.NewSession(org.Owner);

        (await session.Client.Post("/auth/logout", new { refreshToken = second.RefreshToken })).Expect(200);
        (await app.Refresh(second.RefreshToken)).Expect(401, "UNAUTHORIZED");

        (await org.Staff.Post("/auth/logout", new { refreshToken = colleague.RefreshToken })).Expect(200);
        (await app.Refresh(colleague.RefreshToken)).Expect(200);
    }

    [Fact]
    public async Task Logging_out_everywhere_ends_all_sessions_of_the_user_and_nobody_elses()
    {
        var app = services.App;
        var org = await app.NewOrganization();
        var session = await app.NewSession(org.Staff);
        var other = await app.NewSession(org.Staff);
        var colleague = await app.NewSession(org.OtherStaff);
        (await other.Client.Get("/auth/me")).Expect(200);

        (await session.Client.Post("/auth/logout-all")).Expect(200);

        (await session.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await other.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await app.Refresh(session.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await app.Refresh(other.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await colleague.Client.Get("/auth/me")).Expect(200);
        (await (await app.NewSession(org.Staff)).Client.Get("/auth/me")).Expect(200);
    }
}

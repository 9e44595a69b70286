using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class RefreshSessionTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task A_refresh_token_buys_a_new_pair_in_the_same_session()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);

        var reply = (await _app.Refresh(session.RefreshToken)).Expect(200);

        var next = Tokens.Of(_app, reply);
        Assert.NotEqual(session.RefreshToken, next.RefreshToken);
        Assert.Equal(org.Staff.Id, reply.Data.GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal(next.AccessToken, reply.Json.GetProperty("accessToken").GetString());
        (await next.Client.Get("/auth/me")).Expect(200);
        (await session.Client.Get("/auth/me")).Expect(200);
        (await _app.Refresh(next.RefreshToken)).Expect(200);
    }

    [Fact]
    public async Task An_expired_access_token_is_renewed_by_its_refresh_token()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        _app.Clock.Advance(TimeSpan.FromHours(13));

        (await session.Client.Get("/auth/me")).Expect(401, "TOKEN_EXPIRED");
        var reply = (await session.Client.Post("/auth/refresh", new { refreshToken = session.RefreshToken })).Expect(200);

        (await Tokens.Of(_app, reply).Client.Get("/auth/me")).Expect(200);
    }

    [Fact]
    public async Task Using_a_refresh_token_again_within_ten_seconds_gives_the_same_successor()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        var next = Tokens.Of(_app, (await _app.Refresh(session.RefreshToken)).Expect(200));
        _app.Clock.Advance(TimeSpan.FromSeconds(9));

        var again = Tokens.Of(_app, (await _app.Refresh(session.RefreshToken)).Expect(200));

        Assert.Equal(next.RefreshToken, again.RefreshToken);
        (await again.Client.Get("/auth/me")).Expect(200);
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from refresh_tokens t where t::text like '%' || $1 || '%'", next.RefreshToken));

        (await next.Client.Get("/auth/me")).Expect(200);
        (await _app.Refresh(next.RefreshToken)).Expect(200);
    }

    [Fact]
    public async Task Using_a_refresh_token_again_later_ends_its_session_and_no_other()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        var other = await _app.NewSession(org.Staff);
        var next = Tokens.Of(_app, (await _app.Refresh(session.RefreshToken)).Expect(200));
        (await next.Client.Get("/auth/me")).Expect(200);
        _app.Clock.Advance(TimeSpan.FromSeconds(11));

        (await _app.Refresh(session.RefreshToken)).Expect(401, "UNAUTHORIZED");

        (await next.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await session.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await _app.Refresh(next.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await other.Client.Get("/auth/me")).Expect(200);
        (await _app.Refresh(other.RefreshToken)).Expect(200);
        Assert.Equal(
            1, await _app.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'auth.refresh_token_reused'", org.Id));
    }

    [Fact]
    public async Task Twenty_parallel_refreshes_get_one_successor_and_the_session_lives_on()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _app.Refresh(session.RefreshToken)));

        var successor = Assert.Single(replies.Select(reply => Tokens.Of(_app, reply.Expect(200)).RefreshToken).Distinct());
        Assert.Equal(2, await _app.Scalar<long>("select count(*) from refresh_tokens where organization_id = $1", org.Id));
        (await Tokens.Of(_app, replies[0]).Client.Get("/auth/me")).Expect(200);
        (await _app.Refresh(successor)).Expect(200);
    }

    [Fact]
    public async Task A_refresh_token_lasts_thirty_days()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        var idle = await _app.NewSession(org.Staff);
        _app.Clock.Advance(TimeSpan.FromDays(29));
        session = Tokens.Of(_app, (await _app.Refresh(session.RefreshToken)).Expect(200));
        _app.Clock.Advance(TimeSpan.FromDays(1));

        (await _app.Refresh(idle.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await _app.Refresh(session.RefreshToken)).Expect(200);
    }

    [Fact]
    public async Task A_deactivated_user_gets_no_new_tokens()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        var used = await _app.NewSession(org.Staff);
        (await _app.Refresh(used.RefreshToken)).Expect(200);
        await _app.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);

        (await _app.Refresh(session.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await _app.Refresh(used.RefreshToken)).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_text_that_is_no_refresh_token_is_refused()
    {
        var org = await _app.NewOrganization();
        (await _app.Refresh("something")).Expect(401, "UNAUTHORIZED");
        (await _app.Refresh(org.Staff.AccessToken![..200])).Expect(401, "UNAUTHORIZED");
        Assert.Equal(["refreshToken"], (await _app.Refresh(" ")).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["body"], (await _app.Anonymous.Post("/auth/refresh")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Refresh_tokens_are_kept_as_hashes_only()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);

        Assert.Equal(0, await _app.Scalar<long>("select count(*) from refresh_tokens t where t::text like '%' || $1 || '%'", session.RefreshToken));
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from refresh_tokens where token_hash = sha256(convert_to($1, 'UTF8'))", session.RefreshToken));
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

public sealed class RateLimitTests(TestServices services)
{
    [Fact]
    public async Task A_runaway_client_is_slowed_down_and_told_for_how_long()
    {
        await using var app = await services.StartApp(settings => settings["RateLimit:PerMinute"] = "5");
        var org = await app.NewOrganization();

        for (var call = 0; call < 5; call++)
        {
            var reply = (await org.Owner.Get("/auth/me")).Expect(200);
            Assert.Equal(
                ("5", $"{4 - call}", "60"), (reply.Headers["RateLimit-Limit"], reply.Headers["RateLimit-Remaining"], reply.Headers["RateLimit-Reset"]));
            foreach (var header in new[] { "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset" })
                Assert.Contains(header, reply.Headers["Access-Control-Expose-Headers"], StringComparison.Ordinal);
        }

        var refused = (await org.Owner.Get("/auth/me")).Expect(429, "TOO_MANY_REQUESTS");

        Assert.Equal("0", refused.Headers["RateLimit-Remaining"]);
        Assert.InRange(int.Parse(refused.Headers["Retry-After"], null), 1, 60);
        Assert.True(refused.Headers.ContainsKey("X-Request-Id"));
        // Another user, the host's own invocations and a session of the same user: only the last one shares the allowance.
        (await org.Manager.Get("/auth/me")).Expect(200);
        (await (await app.SignInAs(org.Id, org.Owner.Id)).Get("/auth/me")).Expect(429);
        for (var call = 0; call < 6; call++)
            await app.RunTimer("SweepOutbox");
    }

    [Fact]
    public async Task Those_who_are_not_signed_in_are_counted_by_address()
    {
        Assert.DoesNotContain("RateLimit-Limit", (await services.App.Anonymous.Get("/health")).Headers.Keys);
        await using var app = await services.StartApp(settings => settings["RateLimit:PerMinute"] = "5");
        for (var call = 0; call < 5; call++)
            (await app.Anonymous.Get("/health", ("X-Forwarded-For", "203.0.113.7"))).Expect(200);
        (await app.Anonymous.Get("/health", ("X-Forwarded-For", "203.0.113.7"))).Expect(429);
        (await app.Anonymous.Get("/health", ("X-Forwarded-For", "203.0.113.7, 203.0.113.8"))).Expect(200);
    }
}

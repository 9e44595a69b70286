using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Functions.Tests.Auth;

public sealed class AccessTokenTests(TestServices services, OwnApp own) : IClassFixture<OwnApp>
{
    private const string Key = "the-tests-own-signing-key-0123456789";

    [Fact]
    public async Task An_expired_token_is_told_apart_from_a_wrong_one()
    {
        var org = await own.App.NewOrganization();
        (await org.Owner.Get("/auth/me")).Expect(200);

        own.App.Clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromMinutes(1));
        (await org.Owner.Get("/auth/me")).Expect(200);
        own.App.Clock.Advance(TimeSpan.FromMinutes(1));

        var reply = (await org.Owner.Get("/auth/me")).Expect(401, "TOKEN_EXPIRED");
        Assert.Equal("Bearer", reply.Headers["WWW-Authenticate"]);
    }

    [Fact]
    public async Task A_request_without_a_token_is_refused()
    {
        foreach (var path in new[] { "/auth/me", "/users", "/auth/permissions", "/auth/invitations", "/contacts" })
            (await services.App.Anonymous.Get(path)).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Get("/auth/me", ("Authorization", "Basic YTpi"))).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Get("/auth/me", ("Authorization", "Bearer "))).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_token_that_was_tampered_with_is_refused()
    {
        var org = await services.App.NewOrganization();
        var parts = org.Staff.AccessToken!.Split('.');
        var claims = Claims(org.Staff);
        claims["sub"] = org.Owner.Id.ToString();

        await IsRefused($"{parts[0]}.{Encode(claims)}.{parts[2]}");
        await IsRefused($"{parts[0]}.{parts[1]}.{Base64UrlEncoder.Encode(new byte[32])}");
        await IsRefused($"{parts[0]}.{parts[1]}.");
        await IsRefused($"{parts[0]}.{parts[1]}");
        await IsRefused("not.a.token");
    }

    [Fact]
    public async Task A_token_without_a_signature_or_with_another_algorithm_is_refused()
    {
        var org = await services.App.NewOrganization();
        var claims = Encode(Claims(org.Owner));

        await IsRefused($"{Encode(new { alg = "none", typ = "JWT" })}.{claims}.");
        await IsRefused(Sign("HS512", claims, HMACSHA512.HashData, Key));
        await IsRefused(Sign("HS256", claims, HMACSHA256.HashData, "another-key-of-somebody-else-9876543210"));
        (await Me(Sign("HS256", claims, HMACSHA256.HashData, Key))).Expect(200);
    }

    [Fact]
    public async Task A_well_signed_token_opens_nothing_but_the_session_it_names()
    {
        var org = await services.App.NewOrganization();
        var other = await services.App.NewOrganization();

        await IsRefused(Signed("sub", org.Owner.Id.ToString()));
        await IsRefused(Signed("org", other.Id.ToString()));
        await IsRefused(Signed("sid", Guid.NewGuid().ToString()));
        await IsRefused(Signed("ver", 2));
        await IsRefused(Signed("iss", "somebody else"));
        await IsRefused(Signed("exp", null));
        (await Me(Signed("exp", 1))).Expect(401, "TOKEN_EXPIRED");

        string Signed(string claim, object? value)
        {
            var claims = Claims(org.Staff);
            claims[claim] = value;
            return Sign("HS256", Encode(claims), HMACSHA256.HashData, Key);
        }
    }

    [Fact]
    public async Task During_a_rotation_tokens_of_the_previous_key_stay_valid_and_new_ones_use_the_new_key()
    {
        var connection = "";
        await using var before = await services.StartApp(settings => connection = settings["Database:ConnectionString"]);
        await using var after = await services.StartApp(settings =>
        {
            settings["Database:ConnectionString"] = connection;
            settings["Jwt:PreviousKey"] = settings["Jwt:Key"];
            settings["Jwt:Key"] = "the-new-signing-key-after-rotation-0123456789";
        });
        await using var later = await services.StartApp(settings =>
        {
            settings["Database:ConnectionString"] = connection;
            settings["Jwt:Key"] = "the-new-signing-key-after-rotation-0123456789";
        });
        var org = await before.NewOrganization();
        var old = org.Owner.AccessToken;
        var fresh = (await after.NewSession(org.Owner)).AccessToken;

        (await new TestClient(after, old).Get("/auth/me")).Expect(200);
        (await new TestClient(after, fresh).Get("/auth/me")).Expect(200);
        (await new TestClient(before, fresh).Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await new TestClient(later, fresh).Get("/auth/me")).Expect(200);
        (await new TestClient(later, old).Get("/auth/me")).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Links_and_refreshes_that_were_under_way_when_the_key_changed_still_work()
    {
        var connection = "";
        await using var before = await services.StartApp(settings =>
        {
            connection = settings["Database:ConnectionString"];
            settings["AzureWebJobs.SendEmail.Disabled"] = "true";
        });
        var org = await before.NewOrganization();
        var session = await before.NewSession(org.Owner);
        (await org.Owner.Post("/auth/invite", new { email = "first@example.test", role = "staff" })).Expect(201);
        var second = (await org.Owner.Post("/auth/invite", new { email = "second@example.test", role = "staff" })).Expect(201).Data.GetProperty("id").GetGuid();
        (await org.Owner.Post($"/auth/invitations/{second}/resend")).Expect(200);
        (await before.Anonymous.Post("/auth/forgot-password", new { email = org.Staff.Email })).Expect(200);
        var next = Tokens.Of(before, (await before.Refresh(session.RefreshToken)).Expect(200));
        await using var after = await services.StartApp(settings =>
        {
            settings["Database:ConnectionString"] = connection;
            settings["Jwt:PreviousKey"] = settings["Jwt:Key"];
            settings["Jwt:Key"] = "the-new-signing-key-after-rotation-0123456789";
        });

        Assert.Equal(next.RefreshToken, Tokens.Of(after, (await after.Refresh(session.RefreshToken)).Expect(200)).RefreshToken);
        after.Clock.Advance(TimeSpan.FromSeconds(11));
        await after.RunTimer("SweepEmails");

        (await after.Anonymous.Get($"/auth/invitations/{Assert.Single(await after.Mails("first@example.test")).LinkToken()}/preview")).Expect(200);
        // Of the two mails, which come in any order, the second one's link is good.
        var resent = await Task.WhenAll(
            (await after.Mails("second@example.test", 2)).Select(mail => after.Anonymous.Get($"/auth/invitations/{mail.LinkToken()}/preview")));
        Assert.Equal([200, 400], resent.Select(reply => reply.Status).Order());
        (await after.Anonymous.Post(
            "/auth/reset-password",
            new { token = Assert.Single(await after.Mails(org.Staff.Email)).LinkToken(), password = "a new and better one" })).Expect(200);
        // And those of the new key.
        await after.Invite(new TestClient(after, org.Owner.AccessToken), "staff");
    }

    private async Task IsRefused(string token) => (await Me(token)).Expect(401, "UNAUTHORIZED");

    private Task<TestReply> Me(string token) => new TestClient(services.App, token).Get("/auth/me");

    private static Dictionary<string, object?> Claims(TestUser user) =>
        JsonSerializer.Deserialize<Dictionary<string, object?>>(Base64UrlEncoder.Decode(user.AccessToken!.Split('.')[1]))!;

    private static string Encode(object json) => Base64UrlEncoder.Encode(JsonSerializer.Serialize(json));

    private static string Sign(string algorithm, string claims, Func<byte[], byte[], byte[]> hash, string key)
    {
        var signed = $"{Encode(new { alg = algorithm, typ = "JWT" })}.{claims}";
        return $"{signed}.{Base64UrlEncoder.Encode(hash(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)))}";
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Settings;

public sealed class ChangePasswordTests(TestServices services)
{
    private const string Old = TestOrganization.Password;
    private const string New = "a brand new secret 7";

    [Fact]
    public async Task The_new_password_signs_in_and_the_old_one_does_not()
    {
        var org = await services.App.NewOrganization();

        (await Change(org.Staff, Old, New)).Expect(200);

        (await SignIn(org.Staff, New)).Expect(200);
        (await SignIn(org.Staff, Old)).Expect(401, "INVALID_CREDENTIALS");
    }

    [Fact]
    public async Task Other_sessions_end_at_once_and_this_one_goes_on_with_a_fresh_token()
    {
        var org = await services.App.NewOrganization();
        var signedIn = (await SignIn(org.Staff, Old)).Expect(200).Data;
        var here = new TestClient(services.App, signedIn.GetProperty("accessToken").GetString());
        var there = (await SignIn(org.Staff, Old)).Expect(200).Data;
        var elsewhere = new TestClient(services.App, there.GetProperty("accessToken").GetString());
        (await elsewhere.Get("/auth/me")).Expect(200);

        var reply = (await Change(here, Old, New)).Expect(200).Data;

        Assert.True(reply.GetProperty("changed").GetBoolean());
        (await elsewhere.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await here.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await services.App.Anonymous.Post("/auth/refresh", new { refreshToken = there.GetProperty("refreshToken").GetString() })).Expect(401);
        (await new TestClient(services.App, reply.GetProperty("accessToken").GetString()).Get("/auth/me")).Expect(200);
        (await services.App.Anonymous.Post("/auth/refresh", new { refreshToken = signedIn.GetProperty("refreshToken").GetString() })).Expect(200);
        (await org.Manager.Get("/auth/me")).Expect(200);
    }

    [Fact]
    public async Task A_notice_goes_to_the_user()
    {
        var org = await services.App.NewOrganization();

        (await Change(org.Staff, Old, New)).Expect(200);

        var mail = Assert.Single(await services.App.Mails(org.Staff.Email));
        Assert.Equal("Your password was changed", mail.Subject);
        Assert.Contains("all your other sessions were ended", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_current_password_is_refused_without_signing_out()
    {
        var org = await services.App.NewOrganization();

        (await Change(org.Staff, "not my password", New)).Expect(400, "INVALID_PASSWORD");

        (await org.Staff.Get("/auth/me")).Expect(200);
        (await SignIn(org.Staff, Old)).Expect(200);
    }

    [Fact]
    public async Task Two_new_passwords_that_differ_are_refused()
    {
        var org = await services.App.NewOrganization();

        (await org.Staff.Patch("/settings/password", new { currentPassword = Old, newPassword = New, confirmPassword = New + "!" }))
            .Expect(400, "PASSWORD_MISMATCH");
    }

    [Theory]
    [InlineData("short 7", "newPassword")]
    [InlineData("Password123", "newPassword")]
    [InlineData(Old, "newPassword")]
    public async Task A_new_password_that_will_not_do_is_refused(string password, string field)
    {
        var org = await services.App.NewOrganization();

        Assert.Equal([field], (await Change(org.Staff, Old, password)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_password_of_128_characters_will_do_and_a_longer_one_will_not()
    {
        var org = await services.App.NewOrganization();

        (await Change(org.Staff, Old, new string('p', 127) + "!!")).Expect(400, "VALIDATION_ERROR");
        (await Change(org.Staff, Old, new string('p', 127) + "!")).Expect(200);
    }

    [Fact]
    public async Task All_three_fields_are_required()
    {
        var org = await services.App.NewOrganization();

        Assert.Equal(
            ["confirmPassword", "currentPassword", "newPassword"], (await org.Staff.Patch("/settings/password", "{}")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Guessing_the_current_password_is_slowed_down_but_signing_in_is_not()
    {
        await using var app = await services.StartApp();
        var org = await app.NewOrganization();
        for (var guess = 1; guess <= 5; guess++)
            (await Change(org.Staff, $"guess number {guess}", New)).Expect(400, "INVALID_PASSWORD");

        var refused = (await Change(org.Staff, Old, New)).Expect(429, "TOO_MANY_ATTEMPTS");
        Assert.InRange(int.Parse(refused.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 30);
        (await app.Anonymous.Post("/auth/login", new { email = org.Staff.Email, password = Old })).Expect(200);
        (await Change(org.Manager, Old, New)).Expect(200);

        app.Clock.Advance(TimeSpan.FromSeconds(31));
        (await Change(org.Staff, Old, New)).Expect(200);
    }

    [Fact]
    public async Task Of_two_changes_at_once_one_wins()
    {
        var org = await services.App.NewOrganization();

        var replies = await Task.WhenAll(Change(org.Staff, Old, New), Change(org.Staff, Old, New + " other"));

        Assert.Single(replies, reply => reply.Status == 200);
        // The slower one finds another password, or its session's token already replaced.
        Assert.Single(replies, reply => reply.Code is "INVALID_PASSWORD" or "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_reset_link_from_before_the_change_is_dead()
    {
        var org = await services.App.NewOrganization();
        (await services.App.Anonymous.Post("/auth/forgot-password", new { email = org.Staff.Email })).Expect(200);
        var link = Assert.Single(await services.App.Mails(org.Staff.Email)).Text;
        var token = link.Split("token=")[1].Trim();

        (await Change(org.Staff, Old, New)).Expect(200);

        (await services.App.Anonymous.Post("/auth/reset-password", new { token, password = "yet another secret" })).Expect(400, "RESET_INVALID");
        (await SignIn(org.Staff, New)).Expect(200);
    }

    private static Task<TestReply> Change(TestClient client, string current, string password) =>
        client.Patch("/settings/password", new { currentPassword = current, newPassword = password, confirmPassword = password });

    private Task<TestReply> SignIn(TestUser user, string password) => services.App.Anonymous.Post("/auth/login", new { email = user.Email, password });
}

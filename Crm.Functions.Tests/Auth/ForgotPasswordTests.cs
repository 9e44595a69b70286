using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>Asking for a new password, and setting it with the link from the mail.</summary>
public sealed class ForgotPasswordTests(OwnApp own) : IClassFixture<OwnApp>
{
    private const string NewPassword = "a new and better one";
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task Whoever_asks_is_told_the_same()
    {
        var org = await _app.NewOrganization();
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);

        var known = (await Ask(org.Staff.Email)).Expect(200);
        var inactive = (await Ask(org.OtherStaff.Email)).Expect(200);
        var unknown = (await Ask($"nobody-{org.Id:N}@example.test")).Expect(200);

        Assert.Equal("""{"success":true,"data":{"ok":true}}""", known.Body);
        Assert.Equal(known.Body, inactive.Body);
        Assert.Equal(known.Body, unknown.Body);
        await _app.Mails(org.Staff.Email);
        await _app.Settled(org.Id);
        Assert.Empty(_app.Providers.Mailbox.Messages(org.OtherStaff.Email));
        Assert.Empty(_app.Providers.Mailbox.Messages($"nobody-{org.Id:N}@example.test"));
        Assert.Equal(["email"], (await Ask("no address")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task The_answer_comes_at_the_same_time_whether_there_is_an_account_or_not()
    {
        var org = await _app.NewOrganization();
        _app.Clock.Hold();
        try
        {
            foreach (var email in new[] { org.Staff.Email, $"nobody-{org.Id:N}@example.test" })
            {
                var answer = Ask(email);
                var wait = await _app.Clock.NextHeld(TestContext.Current.CancellationToken);

                // The work took one look at the clock: that much of the whole time is over.
                Assert.Equal(300, wait.Due.TotalMilliseconds);
                Assert.False(answer.IsCompleted);
                wait.Fire();
                (await answer).Expect(200);
            }
        }
        finally
        {
            _app.Clock.Hold(false);
        }

        Assert.Single(await _app.Mails(org.Staff.Email));
    }

    [Fact]
    public async Task The_mails_link_sets_a_new_password_once()
    {
        var org = await _app.NewOrganization();
        (await Ask($" {org.Staff.Email.ToUpperInvariant()} ")).Expect(200);
        var mail = Assert.Single(await _app.Mails(org.Staff.Email));
        Assert.Equal("Choose a new password", mail.Subject);
        Assert.Contains($"http://crm.test/reset-password?token={mail.LinkToken()}", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"href=\"http://crm.test/reset-password?token={mail.LinkToken()}\"", mail.Html, StringComparison.Ordinal);

        (await Reset(mail.LinkToken())).Expect(200);

        (await _app.Login(org.Staff.Email)).Expect(401, "INVALID_CREDENTIALS");
        (await _app.Login(org.Staff.Email, NewPassword)).Expect(200);
        (await Reset(mail.LinkToken(), "yet another password")).Expect(400, "RESET_INVALID");
        (await _app.Login(org.Staff.Email, NewPassword)).Expect(200);
        var notice = (await _app.Mails(org.Staff.Email, 2))[0];
        Assert.Equal("Your password was changed", notice.Subject);
        Assert.Equal(1, await _app.Scalar<long>(
            "select count(*) from audit_events where organization_id = $1 and action = 'auth.password_reset' and actor_id = $2", org.Id, org.Staff.Id));
    }

    [Fact]
    public async Task A_new_password_ends_all_old_sessions()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Staff);
        (await session.Client.Get("/auth/me")).Expect(200);

        (await Reset(await LinkFor(org.Staff))).Expect(200);

        (await session.Client.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await org.Staff.Get("/auth/me")).Expect(401, "UNAUTHORIZED");
        (await _app.Refresh(session.RefreshToken)).Expect(401, "UNAUTHORIZED");
        (await org.OtherStaff.Get("/auth/me")).Expect(200);
    }

    [Fact]
    public async Task A_link_is_good_for_an_hour()
    {
        var org = await _app.NewOrganization();
        var token = await LinkFor(org.Staff);

        _app.Clock.Advance(TimeSpan.FromHours(1));

        (await Reset(token)).Expect(410, "RESET_EXPIRED");
        (await _app.Login(org.Staff.Email)).Expect(200);
    }

    [Fact]
    public async Task Setting_a_password_ends_the_other_links_too()
    {
        var org = await _app.NewOrganization();
        var first = await LinkFor(org.Staff);
        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        (await Ask(org.Staff.Email)).Expect(200);
        var second = (await _app.Mails(org.Staff.Email, 2))[0].LinkToken();
        Assert.NotEqual(first, second);

        (await Reset(second)).Expect(200);

        (await Reset(first, "the thief's password")).Expect(400, "RESET_INVALID");
        (await _app.Login(org.Staff.Email, NewPassword)).Expect(200);
    }

    [Fact]
    public async Task Twenty_who_ask_at_once_cause_one_mail()
    {
        var org = await _app.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ask(org.Staff.Email)));

        Assert.All(replies, reply => reply.Expect(200));
        await _app.Mails(org.Staff.Email);
        await _app.Settled(org.Id);
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from emails where recipient = $1", org.Staff.Email));
    }

    [Fact]
    public async Task Of_twenty_parallel_uses_of_a_link_one_counts()
    {
        var org = await _app.NewOrganization();
        var token = await LinkFor(org.Staff);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Reset(token, $"password number {number}")));

        var won = Assert.Single(Enumerable.Range(0, 20), number => replies[number].Status == 200);
        Assert.Equal(19, replies.Count(reply => reply.Code == "RESET_INVALID"));
        (await _app.Login(org.Staff.Email, $"password number {won}")).Expect(200);
    }

    [Theory]
    [InlineData("short", "VALIDATION_ERROR")]
    [InlineData("", "VALIDATION_ERROR")]
    [InlineData("Password123", "VALIDATION_ERROR")]
    [InlineData(null, "VALIDATION_ERROR")]
    public async Task A_poor_password_is_refused_and_the_link_stays_good(string? password, string code)
    {
        var org = await _app.NewOrganization();
        var token = await LinkFor(org.Staff);

        Assert.Equal(["password"], (await Reset(token, password)).Expect(400, code).Fields);
        Assert.Equal(["password"], (await Reset(token, new string('x', 129))).Expect(400, code).Fields);
        (await Reset(token, NewPassword, "something else")).Expect(400, "PASSWORD_MISMATCH");

        (await Reset(token, new string('x', 128), new string('x', 128))).Expect(200);
    }

    [Fact]
    public async Task A_deactivated_user_cannot_use_a_link_from_before()
    {
        var org = await _app.NewOrganization();
        var token = await LinkFor(org.Staff);
        await _app.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);

        (await Reset(token)).Expect(400, "RESET_INVALID");
        (await Reset("somebody-made-this-up")).Expect(400, "RESET_INVALID");
    }

    [Fact]
    public async Task Whoever_locked_the_account_with_guesses_does_not_lock_out_its_owner_after_a_reset()
    {
        var org = await _app.NewOrganization();
        for (var guess = 0; guess < 6; guess++)
            await _app.Login(org.Staff.Email, "not the password");
        (await _app.Login(org.Staff.Email)).Expect(429);

        (await Reset(await LinkFor(org.Staff))).Expect(200);

        (await _app.Login(org.Staff.Email, NewPassword)).Expect(200);
    }

    [Fact]
    public async Task The_token_is_in_the_database_as_a_hash_only()
    {
        var org = await _app.NewOrganization();
        var token = await LinkFor(org.Staff);
        (await org.Owner.Post("/auth/invite", new { email = $"ann-{org.Id:N}@example.test", role = "staff" })).Expect(201);
        var invitation = Assert.Single(await _app.Mails($"ann-{org.Id:N}@example.test")).LinkToken();
        // A row that waits for its relay, as after a crash.
        await _app.Sql(
            """
            insert into outbox
            select organization_id, id, 'send-email', jsonb_build_object('organizationId', organization_id, 'emailId', id), created_at
            from emails
            where organization_id = $1
            """,
            org.Id);

        foreach (var secret in new[] { token, invitation })
        {
            foreach (var table in new[] { "emails", "outbox", "password_resets", "invitations", "audit_events", "idempotency_keys", "sessions" })
                Assert.Equal(0, await _app.Scalar<long>($"select count(*) from {table} t where t::text like '%' || $1 || '%'", secret));
        }

        Assert.Equal(1, await _app.Scalar<long>("select count(*) from password_resets where token_hash = sha256(convert_to($1, 'UTF8'))", token));
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from invitations where token_hash = sha256(convert_to($1, 'UTF8'))", invitation));
        await _app.Sql("delete from outbox");
    }

    [Fact]
    public async Task Without_a_frontend_the_app_shows_the_page_behind_the_link_itself()
    {
        foreach (var path in new[] { "/reset-password?token=x", "/accept-invitation?token=x" })
        {
            var page = (await _app.Anonymous.Get(path)).Expect(200);
            Assert.Equal("text/html; charset=utf-8", page.Headers["Content-Type"]);
            Assert.Equal("no-referrer", page.Headers["Referrer-Policy"]);
            Assert.Equal("no-store", page.Headers["Cache-Control"]);
            Assert.Contains("frame-ancestors 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        }
    }

    private Task<TestReply> Ask(string email) => _app.Anonymous.Post("/auth/forgot-password", new { email });

    private Task<TestReply> Reset(string token, string? password = NewPassword, string? confirmPassword = null) =>
        _app.Anonymous.Post("/auth/reset-password", new { token, password, confirmPassword });

    private async Task<string> LinkFor(TestUser user)
    {
        (await Ask(user.Email)).Expect(200);
        return (await _app.Mails(user.Email))[0].LinkToken();
    }
}

using System.Globalization;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class InviteUserTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task An_invited_colleague_gets_a_mail_with_a_link()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";

        var reply = (await org.Owner.Post("/auth/invite", new { email = $" {email.ToUpperInvariant()} ", role = "Manager", name = "Sam Rivera" })).Expect(201);

        Assert.Equal(
            ["id", "email", "role", "name", "status", "expiresAt", "emailSent", "invitedBy", "createdAt"],
            reply.Data.EnumerateObject().Select(field => field.Name));
        Assert.Equal(email, reply.Data.GetProperty("email").GetString());
        Assert.Equal("manager", reply.Data.GetProperty("role").GetString());
        Assert.Equal("Sam Rivera", reply.Data.GetProperty("name").GetString());
        Assert.Equal("pending", reply.Data.GetProperty("status").GetString());
        Assert.True(reply.Data.GetProperty("emailSent").GetBoolean());
        Assert.Equal("Owner Tester", reply.Data.GetProperty("invitedBy").GetString());
        Assert.Equal(7, (reply.Data.GetProperty("expiresAt").GetDateTimeOffset() - reply.Data.GetProperty("createdAt").GetDateTimeOffset()).TotalDays, 0.01);

        var mail = Assert.Single(await _app.Mails(email));
        Assert.Equal($"Owner Tester invites you to org-{org.Id:N}", mail.Subject);
        Assert.StartsWith("Hello Sam Rivera,\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"http://crm.test/accept-invitation?token={mail.LinkToken()}", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(mail.LinkToken(), reply.Body, StringComparison.Ordinal);
        Assert.Equal(1, await _app.Scalar<long>(
            """
            select count(*)
            from audit_events
            where organization_id = $1 and action = 'user.invited' and actor_id = $2 and entity_id = $3 and data->>'email' = $4
            """,
            org.Id, org.Owner.Id, reply.Data.GetProperty("id").GetGuid(), email));
    }

    [Fact]
    public async Task Links_lead_to_the_frontend_where_there_is_one()
    {
        await using var own = await services.StartApp(settings => settings["FRONTEND_URL"] = "https://app.acme.test/");
        var org = await own.NewOrganization();
        (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(201);

        var mail = Assert.Single(await own.Mails("sam@example.test"));

        Assert.Contains($"https://app.acme.test/accept-invitation?token={mail.LinkToken()}", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_e_mail_set_up_the_answer_says_that_no_mail_was_sent()
    {
        await using var own = await services.StartApp(settings => settings["SendGrid:ApiKey"] = "");
        var org = await own.NewOrganization();

        Assert.False(
            (await org.Owner.Post("/auth/invite", new { email = "sam@example.test", role = "staff" })).Expect(201).Data.GetProperty("emailSent").GetBoolean());
    }

    [Theory]
    [InlineData("""{"email":"sam@example.test","role":"owner"}""", "role")]
    [InlineData("""{"email":"sam@example.test","role":"admin"}""", "role")]
    [InlineData("""{"email":"sam@example.test"}""", "role")]
    [InlineData("""{"email":"sam","role":"staff"}""", "email")]
    [InlineData("""{"email":"sam@example.test, eve@example.test","role":"staff"}""", "email")]
    [InlineData("""{"email":"sam@example.test\nBcc: eve@example.test","role":"staff"}""", "email")]
    [InlineData("""{"role":"staff"}""", "email")]
    public async Task A_wrong_invitation_names_the_field(string body, string field)
    {
        var org = await _app.NewOrganization();
        Assert.Equal([field], (await org.Owner.Post("/auth/invite", body)).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task Managers_invite_staff_only_and_staff_nobody()
    {
        var org = await _app.NewOrganization();

        (await org.Manager.Post("/auth/invite", new { email = $"a-{org.Id:N}@example.test", role = "staff" })).Expect(201);
        (await org.Manager.Post("/auth/invite", new { email = $"b-{org.Id:N}@example.test", role = "manager" })).Expect(403, "FORBIDDEN");
        (await org.Manager.Post("/auth/invite", new { email = $"b-{org.Id:N}@example.test", role = "owner" })).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Post("/auth/invite", new { email = $"b-{org.Id:N}@example.test", role = "staff" })).Expect(403, "FORBIDDEN");
        (await _app.Anonymous.Post("/auth/invite", new { email = $"b-{org.Id:N}@example.test", role = "staff" })).Expect(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task An_address_with_an_account_is_refused_wherever_the_account_is()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        await _app.Sql("update users set status = 'inactive' where id = $1", org.OtherStaff.Id);

        (await org.Owner.Post("/auth/invite", new { email = org.Staff.Email.ToUpperInvariant(), role = "staff" })).Expect(409, "USER_EXISTS");
        (await org.Owner.Post("/auth/invite", new { email = org.OtherStaff.Email, role = "staff" })).Expect(409, "USER_EXISTS");
        (await org.Owner.Post("/auth/invite", new { email = other.Staff.Email, role = "staff" })).Expect(409, "USER_EXISTS");
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from invitations where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task Inviting_again_issues_the_same_invitation_anew_and_kills_the_old_link()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";
        var first = (await org.Owner.Post("/auth/invite", new { email, role = "staff", name = "Sam" })).Expect(201).Data.GetProperty("id").GetGuid();
        var oldLink = (await _app.Mails(email))[0].LinkToken();

        var again = (await org.Owner.Post("/auth/invite", new { email, role = "manager", name = " " })).Expect(201);

        Assert.Equal(first, again.Data.GetProperty("id").GetGuid());
        Assert.Equal("manager", again.Data.GetProperty("role").GetString());
        Assert.Equal("Sam", again.Data.GetProperty("name").GetString());
        var mail = (await _app.Mails(email, 2))[0];
        Assert.StartsWith("Hello Sam,\n", mail.Text, StringComparison.Ordinal);
        (await _app.Anonymous.Get($"/auth/invitations/{oldLink}/preview")).Expect(400, "INVITATION_INVALID");
        Assert.Equal("manager", (await _app.Anonymous.Get($"/auth/invitations/{mail.LinkToken()}/preview")).Expect(200).Data.GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_blank_name_is_no_name()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";

        var reply = (await org.Owner.Post("/auth/invite", new { email, role = "staff", name = "  " })).Expect(201);

        Assert.Equal(JsonValueKind.Null, reply.Data.GetProperty("name").ValueKind);
        Assert.StartsWith("Hello,\n", (await _app.Mails(email))[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_parallel_invitations_of_one_address_are_one_with_one_good_link()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => org.Owner.Post("/auth/invite", new { email, role = "staff" })));

        Assert.Single(replies.Select(reply => reply.Expect(201).Data.GetProperty("id").GetGuid()).Distinct());
        var links = (await _app.Mails(email, 20)).Select(mail => mail.LinkToken()).ToArray();
        var previews = await Task.WhenAll(links.Select(link => _app.Anonymous.Get($"/auth/invitations/{link}/preview")));
        Assert.Single(previews, preview => preview.Status == 200);
        Assert.Equal(19, previews.Count(preview => preview.Code == "INVITATION_INVALID"));
    }

    [Fact]
    public async Task A_manager_cannot_take_over_what_somebody_else_invited()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";
        (await org.Owner.Post("/auth/invite", new { email, role = "manager" })).Expect(201);

        (await org.Manager.Post("/auth/invite", new { email, role = "staff" })).Expect(403, "FORBIDDEN");

        Assert.Equal("manager", (await _app.Anonymous.Get($"/auth/invitations/{(await _app.Mails(email))[0].LinkToken()}/preview"))
            .Expect(200).Data.GetProperty("role").GetString());
    }

    [Fact]
    public async Task Two_organisations_may_invite_the_same_person_and_the_first_accepted_counts()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";
        (await org.Owner.Post("/auth/invite", new { email, role = "staff" })).Expect(201);
        var one = (await _app.Mails(email))[0].LinkToken();
        var second = (await other.Owner.Post("/auth/invite", new { email, role = "manager" })).Expect(201).Data.GetProperty("id").GetGuid();
        var two = (await _app.Mails(email, 2))[0].LinkToken();

        (await _app.Accept(one)).Expect(201);

        (await _app.Accept(two)).Expect(409, "USER_EXISTS");
        (await other.Owner.Post($"/auth/invitations/{second}/resend")).Expect(409, "USER_EXISTS");
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from users where email = $1", email));
        Assert.Equal(2, (await _app.Mails(email, 2)).Count);
    }

    [Fact]
    public async Task Names_in_the_mail_are_text_and_never_markup()
    {
        var org = await _app.NewOrganization();
        var email = $"sam-{org.Id:N}@example.test";
        await _app.Sql("update organizations set name = '<b>Acme</b> & Sons' where id = $1", org.Id);

        (await org.Owner.Post("/auth/invite", new { email, role = "staff", name = "<script>alert(1)</script>" })).Expect(201);

        var mail = (await _app.Mails(email))[0];
        Assert.Contains("&lt;script&gt;", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", mail.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Acme&lt;/b&gt; &amp; Sons", mail.Html, StringComparison.Ordinal);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"Owner Tester invites you to <b>Acme</b> & Sons"), mail.Subject);
    }
}

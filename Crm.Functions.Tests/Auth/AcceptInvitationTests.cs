using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class AcceptInvitationTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task Accepting_makes_the_account_with_the_given_role_and_signs_in()
    {
        var org = await _app.NewOrganization();
        var (email, link, id) = await _app.Invite(org.Owner, "manager");

        var reply = (await _app.Accept(
            link,
            new { token = link, name = "Anna Maria Smith", password = TestOrganization.Password, confirmPassword = TestOrganization.Password })).Expect(201);

        var user = reply.Data.GetProperty("user");
        Assert.Equal(email, user.GetProperty("email").GetString());
        Assert.Equal("manager", user.GetProperty("role").GetString());
        Assert.Equal("Anna Maria", user.GetProperty("firstName").GetString());
        Assert.Equal("Smith", user.GetProperty("lastName").GetString());
        Assert.Equal(org.Id, user.GetProperty("organization").GetProperty("id").GetGuid());
        Assert.Equal(reply.Data.GetProperty("accessToken").GetString(), reply.Json.GetProperty("accessToken").GetString());
        Assert.Equal(user.GetRawText(), reply.Json.GetProperty("user").GetRawText());
        (await Tokens.Of(_app, reply).Client.Get("/auth/invitations")).Expect(200);
        (await _app.Login(email)).Expect(200);
        Assert.Equal("accepted", await _app.Scalar<string>("select status from invitations where id = $1", id));
        Assert.Equal(1, await _app.Scalar<long>(
            "select count(*) from audit_events where organization_id = $1 and action = 'user.invitation_accepted' and actor_id = $2",
            org.Id, user.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task The_inviter_is_told_by_mail()
    {
        var org = await _app.NewOrganization();
        var (email, link, _) = await _app.Invite(org.Manager, "staff");

        (await _app.Accept(link)).Expect(201);

        var mail = Assert.Single(await _app.Mails(org.Manager.Email));
        Assert.Equal("Ann Smith has joined", mail.Subject);
        Assert.Contains($"Ann Smith ({email})", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_inviter_who_has_left_is_not_told()
    {
        var org = await _app.NewOrganization();
        var (_, link, _) = await _app.Invite(org.Manager, "staff");
        await _app.Sql("update users set status = 'inactive' where id = $1", org.Manager.Id);

        (await _app.Accept(link)).Expect(201);

        Assert.Equal(0, await _app.Scalar<long>("select count(*) from emails where recipient = $1", org.Manager.Email));
    }

    [Fact]
    public async Task First_and_last_name_may_be_given_apart()
    {
        var org = await _app.NewOrganization();
        var (_, link, _) = await _app.Invite(org.Owner, "staff");

        var user = (await _app.Accept(link, new { token = link, firstName = " Ludwig ", lastName = "van Beethoven", password = TestOrganization.Password }))
            .Expect(201).Data.GetProperty("user");

        Assert.Equal("Ludwig", user.GetProperty("firstName").GetString());
        Assert.Equal("van Beethoven", user.GetProperty("lastName").GetString());
        Assert.Equal("Ludwig van Beethoven", user.GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_poor_request_is_refused_and_the_invitation_stays_good()
    {
        var org = await _app.NewOrganization();
        var (_, link, _) = await _app.Invite(org.Owner, "staff");

        Assert.Equal(["name"], (await _app.Accept(link, new { token = link, password = TestOrganization.Password })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["password"], (await _app.Accept(link, new { token = link, name = "Ann" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["password"], (await _app.Accept(link, new { token = link, name = "Ann", password = "1234567" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(
            ["password"], (await _app.Accept(link, new { token = link, name = "Ann", password = "QWERTYuiop" })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(
            ["password"],
            (await _app.Accept(link, new { token = link, name = "Ann", password = new string('x', 129) })).Expect(400, "VALIDATION_ERROR").Fields);
        Assert.Equal(["token"], (await _app.Accept(link, new { name = "Ann", password = TestOrganization.Password })).Expect(400, "VALIDATION_ERROR").Fields);
        (await _app.Accept(link, new { token = link, name = "Ann", password = TestOrganization.Password, confirmPassword = "other" }))
            .Expect(400, "PASSWORD_MISMATCH");

        (await _app.Accept(link)).Expect(201);
    }

    [Fact]
    public async Task A_link_that_was_made_up_is_refused()
    {
        (await _app.Accept("made-up")).Expect(400, "INVITATION_INVALID");
        (await _app.Anonymous.Get("/auth/invitations/made-up/preview")).Expect(400, "INVITATION_INVALID");
    }

    [Fact]
    public async Task An_invitation_ends_after_seven_days()
    {
        var org = await _app.NewOrganization();
        var (_, link, id) = await _app.Invite(org.Owner, "staff");
        _app.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1));
        (await _app.Anonymous.Get($"/auth/invitations/{link}/preview")).Expect(200);

        _app.Clock.Advance(TimeSpan.FromMinutes(1));

        (await _app.Accept(link)).Expect(410, "INVITATION_EXPIRED");
        (await _app.Anonymous.Get($"/auth/invitations/{link}/preview")).Expect(410, "INVITATION_EXPIRED");
        var owner = (await _app.NewSession(org.Owner)).Client;
        var listed = Assert.Single((await owner.Get("/auth/invitations?status=expired")).Expect(200).Data.GetProperty("invitations").EnumerateArray());
        Assert.Equal(id, listed.GetProperty("id").GetGuid());
        Assert.Equal("expired", listed.GetProperty("status").GetString());
        Assert.Empty((await owner.Get("/auth/invitations?status=pending")).Expect(200).Data.GetProperty("invitations").EnumerateArray());
    }

    [Fact]
    public async Task An_expired_invitation_can_be_issued_again_by_another_manager()
    {
        var org = await _app.NewOrganization();
        var (email, old, id) = await _app.Invite(org.Owner, "manager");
        _app.Clock.Advance(TimeSpan.FromDays(8));
        var manager = (await _app.NewSession(org.Manager)).Client;

        Assert.Equal(id, (await manager.Post("/auth/invite", new { email, role = "staff" })).Expect(201).Data.GetProperty("id").GetGuid());

        var link = (await _app.Mails(email, 2))[0].LinkToken();
        (await _app.Accept(old)).Expect(400, "INVITATION_INVALID");
        Assert.Equal("staff", (await _app.Accept(link)).Expect(201).Data.GetProperty("user").GetProperty("role").GetString());
    }

    [Fact]
    public async Task An_invitation_is_used_once()
    {
        var org = await _app.NewOrganization();
        var (email, link, _) = await _app.Invite(org.Owner, "staff");
        (await _app.Accept(link)).Expect(201);

        (await _app.Accept(link, new { token = link, name = "Eve", password = "the password of Eve" })).Expect(409, "INVITATION_USED");

        (await _app.Anonymous.Get($"/auth/invitations/{link}/preview")).Expect(409, "INVITATION_USED");
        (await _app.Login(email, "the password of Eve")).Expect(401);
        (await org.Owner.Post("/auth/invite", new { email, role = "staff" })).Expect(409, "USER_EXISTS");
    }

    [Fact]
    public async Task Of_twenty_who_accept_at_once_one_gets_the_account()
    {
        var org = await _app.NewOrganization();
        var (email, link, _) = await _app.Invite(org.Owner, "staff");

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            _app.Accept(link, new { token = link, name = $"Ann {number}", password = $"the password of Ann {number}" })));

        var won = Assert.Single(Enumerable.Range(0, 20), number => replies[number].Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Code == "INVITATION_USED"));
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from users where email = $1", email));
        (await _app.Login(email, $"the password of Ann {won}")).Expect(200);
        await _app.Mails(org.Owner.Email);
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from emails where recipient = $1", org.Owner.Email));
    }

    [Fact]
    public async Task A_preview_shows_the_invitation_and_changes_nothing()
    {
        var org = await _app.NewOrganization();
        var (email, link, id) = await _app.Invite(org.Owner, "staff");
        var before = await Row();

        for (var look = 0; look < 3; look++)
        {
            var preview = (await _app.Anonymous.Get($"/auth/invitations/{link}/preview")).Expect(200);
            Assert.Equal(["email", "name", "role", "organizationName", "invitedBy", "expiresAt"], preview.Data.EnumerateObject().Select(field => field.Name));
            Assert.Equal(email, preview.Data.GetProperty("email").GetString());
            Assert.Equal("staff", preview.Data.GetProperty("role").GetString());
            Assert.Equal($"org-{org.Id:N}", preview.Data.GetProperty("organizationName").GetString());
            Assert.Equal("Owner Tester", preview.Data.GetProperty("invitedBy").GetString());
        }

        Assert.Equal(before, await Row());
        (await _app.Accept(link)).Expect(201);

        Task<string> Row() => _app.Scalar<string>("select i::text from invitations i where id = $1", id);
    }
}

using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

/// <summary>Listing invitations, sending them again and taking them back.</summary>
public sealed class ManageInvitationsTests(TestServices services)
{
    private readonly TestApp _app = services.App;

    [Fact]
    public async Task Owners_see_all_invitations_newest_first_and_managers_their_own()
    {
        var org = await _app.NewOrganization();
        var stranger = await _app.NewOrganization();
        var first = (await _app.Invite(org.Owner, "manager")).Id;
        var second = (await _app.Invite(org.Manager, "staff")).Id;
        var third = (await _app.Invite(org.Owner, "staff")).Id;

        Assert.Equal([third, second, first], await Ids(org.Owner, ""));
        Assert.Equal([second], await Ids(org.Manager, ""));
        Assert.Empty(await Ids(stranger.Owner, ""));
        (await org.Staff.Get("/auth/invitations")).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task The_list_filters_by_status()
    {
        var org = await _app.NewOrganization();
        var pending = (await _app.Invite(org.Owner, "staff")).Id;
        var (_, link, accepted) = await _app.Invite(org.Owner, "staff");
        (await _app.Accept(link)).Expect(201);
        var revoked = (await _app.Invite(org.Owner, "staff")).Id;
        (await org.Owner.Delete($"/auth/invitations/{revoked}")).Expect(200);
        var expired = (await _app.Invite(org.Owner, "staff")).Id;
        await _app.Sql("update invitations set expires_at = created_at where id = $1", expired);

        Assert.Equal([pending], await Ids(org.Owner, "?status=pending"));
        Assert.Equal([accepted], await Ids(org.Owner, "?status=ACCEPTED"));
        Assert.Equal([revoked], await Ids(org.Owner, "?status=revoked"));
        Assert.Equal([expired], await Ids(org.Owner, "?status=expired"));
        Assert.Equal([expired, revoked, accepted, pending], await Ids(org.Owner, ""));
        Assert.Equal(["status"], (await org.Owner.Get("/auth/invitations?status=lost")).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task The_list_comes_in_pages()
    {
        var org = await _app.NewOrganization();
        for (var number = 0; number < 5; number++)
            await _app.Sql(
                "insert into invitations (organization_id, id, email, role, invited_by, token_hash, expires_at, created_at)"
                    + " values ($1, $2, $3, 'staff', $4, sha256($3::bytea), $5, $5)",
                org.Id, Guid.CreateVersion7(), $"{number}-{org.Id:N}@example.test", org.Owner.Id, _app.Clock.GetUtcNow().AddMinutes(number));

        var page = (await org.Owner.Get("/auth/invitations?page=2&pageSize=2")).Expect(200).Data;

        Assert.Equal(
            [$"2-{org.Id:N}@example.test", $"1-{org.Id:N}@example.test"],
            page.GetProperty("invitations").EnumerateArray().Select(row => row.GetProperty("email").GetString()));
        Assert.Equal(
            """{"page":2,"pageSize":2,"total":5,"totalPages":3,"hasNext":true,"hasPrev":true}""",
            page.GetProperty("meta").GetProperty("pagination").GetRawText());
        Assert.Empty((await org.Owner.Get("/auth/invitations?page=9")).Expect(200).Data.GetProperty("invitations").EnumerateArray());
        (await org.Owner.Get("/auth/invitations?page=0")).Expect(400, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Sending_again_makes_a_new_link_and_seven_more_days()
    {
        var org = await _app.NewOrganization();
        var (email, old, id) = await _app.Invite(org.Manager, "staff");
        await _app.Sql("update invitations set expires_at = created_at where id = $1", id);

        var reply = (await org.Manager.Post($"/auth/invitations/{id}/resend")).Expect(200);

        Assert.Equal("pending", reply.Data.GetProperty("status").GetString());
        Assert.True(reply.Data.GetProperty("emailSent").GetBoolean());
        Assert.Equal(7, (reply.Data.GetProperty("expiresAt").GetDateTimeOffset() - _app.Clock.GetUtcNow()).TotalDays, 0.01);
        var link = (await _app.Mails(email, 2))[0].LinkToken();
        (await _app.Accept(old)).Expect(400, "INVITATION_INVALID");
        (await _app.Accept(link)).Expect(201);
        (await org.Manager.Post($"/auth/invitations/{id}/resend")).Expect(409, "INVITATION_USED");
    }

    [Fact]
    public async Task A_revoked_invitation_is_dead()
    {
        var org = await _app.NewOrganization();
        var (email, link, id) = await _app.Invite(org.Owner, "staff");

        var reply = (await org.Owner.Delete($"/auth/invitations/{id}")).Expect(200);
        (await org.Owner.Delete($"/auth/invitations/{id}")).Expect(200);

        Assert.Equal($$"""{"id":"{{id}}","status":"revoked"}""", reply.Data.GetRawText());
        (await _app.Accept(link)).Expect(400, "INVITATION_INVALID");
        (await _app.Anonymous.Get($"/auth/invitations/{link}/preview")).Expect(400, "INVITATION_INVALID");
        (await org.Owner.Post($"/auth/invitations/{id}/resend")).Expect(404, "INVITATION_NOT_FOUND");
        Assert.Equal(1, await _app.Scalar<long>("select count(*) from audit_events where organization_id = $1 and action = 'user.invitation_revoked'", org.Id));
        Assert.NotEqual(id, (await org.Owner.Post("/auth/invite", new { email, role = "staff" })).Expect(201).Data.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task An_accepted_invitation_cannot_be_revoked()
    {
        var org = await _app.NewOrganization();
        var (email, link, id) = await _app.Invite(org.Owner, "staff");
        (await _app.Accept(link)).Expect(201);

        (await org.Owner.Delete($"/auth/invitations/{id}")).Expect(409, "INVITATION_USED");

        (await _app.Login(email)).Expect(200);
    }

    [Fact]
    public async Task Managers_touch_only_what_they_sent_and_owners_everything()
    {
        var org = await _app.NewOrganization();
        var of = (await _app.Invite(org.Owner, "staff")).Id;
        var own = (await _app.Invite(org.Manager, "staff")).Id;

        (await org.Manager.Post($"/auth/invitations/{of}/resend")).Expect(403, "FORBIDDEN");
        (await org.Manager.Delete($"/auth/invitations/{of}")).Expect(403, "FORBIDDEN");
        (await org.Staff.Post($"/auth/invitations/{own}/resend")).Expect(403, "FORBIDDEN");
        (await org.Staff.Delete($"/auth/invitations/{own}")).Expect(403, "FORBIDDEN");
        (await org.Owner.Post($"/auth/invitations/{own}/resend")).Expect(200);
        (await org.Manager.Delete($"/auth/invitations/{own}")).Expect(200);
    }

    [Fact]
    public async Task An_owner_who_became_a_manager_no_longer_invites_managers()
    {
        var org = await _app.NewOrganization();
        var former = await org.AddUser("owner");
        var id = (await _app.Invite(former, "manager")).Id;
        await _app.Sql("update users set role = 'manager' where id = $1", former.Id);
        var manager = (await _app.NewSession(former)).Client;

        (await manager.Post($"/auth/invitations/{id}/resend")).Expect(403, "FORBIDDEN");

        Assert.Equal(1, await _app.Scalar<int>("select issue from invitations where id = $1", id));
        (await manager.Delete($"/auth/invitations/{id}")).Expect(200);
    }

    [Fact]
    public async Task Another_organisations_invitation_does_not_exist()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var (_, link, id) = await _app.Invite(org.Owner, "staff");

        (await other.Owner.Post($"/auth/invitations/{id}/resend")).Expect(404, "INVITATION_NOT_FOUND");
        (await other.Owner.Delete($"/auth/invitations/{id}")).Expect(404, "INVITATION_NOT_FOUND");
        (await other.Manager.Delete($"/auth/invitations/{id}")).Expect(404, "INVITATION_NOT_FOUND");
        (await other.Owner.Delete($"/auth/invitations/{Guid.NewGuid()}")).Expect(404, "INVITATION_NOT_FOUND");
        (await other.Owner.Delete("/auth/invitations/not-an-id")).Expect(404, "NOT_FOUND");
        (await _app.Accept(link)).Expect(201);
    }

    private static async Task<IEnumerable<Guid>> Ids(TestUser user, string query) =>
        (await user.Get($"/auth/invitations{query}"))
            .Expect(200).Data.GetProperty("invitations").EnumerateArray().Select(row => row.GetProperty("id").GetGuid());
}

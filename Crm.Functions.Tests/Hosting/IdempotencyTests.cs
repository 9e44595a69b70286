using Crm.Functions.Tests.Auth;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Hosting;

public sealed class IdempotencyTests(OwnApp own) : IClassFixture<OwnApp>
{
    private static readonly object Ann = new { name = "Ann Smith" };
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task A_repeated_request_gets_the_first_reply_and_is_not_carried_out_again()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();

        var first = (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        var again = (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        var underApi = (await org.Staff.Post("/api/contacts", Ann, key)).Expect(201);

        Assert.Equal(first.Body, again.Body);
        Assert.Equal(first.Body, underApi.Body);
        Assert.Equal(first.Headers["Content-Type"], again.Headers["Content-Type"]);
        Assert.False(first.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        Assert.Equal(1, await Contacts(org));
    }

    [Fact]
    public async Task Without_a_key_every_request_is_carried_out()
    {
        var org = await _app.NewOrganization();
        (await org.Staff.Post("/contacts", Ann)).Expect(201);
        (await org.Staff.Post("/contacts", Ann)).Expect(201);
        Assert.Equal(2, await Contacts(org));
    }

    [Fact]
    public async Task A_key_with_another_body_or_other_options_is_refused()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);

        (await org.Staff.Post("/contacts", new { name = "Bob" }, key)).Expect(409, "IDEMPOTENCY_KEY_REUSED");
        (await org.Staff.Post("/contacts?dryRun=true", Ann, key)).Expect(409, "IDEMPOTENCY_KEY_REUSED");

        Assert.Equal(1, await Contacts(org));
    }

    [Fact]
    public async Task Twenty_parallel_requests_with_one_key_make_one_contact()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => org.Staff.Post("/contacts", Ann, key)));

        Assert.Equal(1, await Contacts(org));
        Assert.All(replies, reply => Assert.True(reply.Status == 201 || reply.Code == "IDEMPOTENCY_IN_PROGRESS", reply.Body));
        Assert.Single(replies.Where(reply => reply.Status == 201).Select(reply => reply.Body).Distinct());
        Assert.Single(replies, reply => reply.Status == 201 && !reply.Headers.ContainsKey("Idempotency-Replayed"));
    }

    [Fact]
    public async Task A_repeat_while_the_first_request_runs_is_told_to_wait()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        await _app.Sql("update idempotency_keys set status_code = null, body = null, committed_at = null where organization_id = $1", org.Id);

        (await org.Staff.Post("/contacts", Ann, key)).Expect(409, "IDEMPOTENCY_IN_PROGRESS");
        Assert.Equal(1, await Contacts(org));

        // It died before it committed: after its time the repeat does the work.
        _app.Clock.Advance(TimeSpan.FromMinutes(4.1));
        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        Assert.Equal(2, await Contacts(org));
    }

    [Fact]
    public async Task A_request_that_committed_but_whose_reply_was_lost_does_not_run_again()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        await _app.Sql("update idempotency_keys set status_code = null, body = null where organization_id = $1", org.Id);

        (await org.Staff.Post("/contacts", Ann, key)).Expect(409, "IDEMPOTENCY_IN_PROGRESS");
        _app.Clock.Advance(TimeSpan.FromMinutes(4.1));
        (await org.Staff.Post("/contacts", Ann, key)).Expect(409, "IDEMPOTENCY_REPLY_LOST");
        (await org.Staff.Post("/contacts", Ann, key)).Expect(409, "IDEMPOTENCY_REPLY_LOST");

        Assert.Equal(1, await Contacts(org));
    }

    [Fact]
    public async Task A_refused_request_may_be_mended_and_sent_again_under_its_key()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();

        (await org.Owner.Post("/contacts", new { email = "no address" }, key)).Expect(400);
        (await org.Owner.Post("/contacts", Ann, key)).Expect(201);

        (await org.Owner.Post("/auth/invite", new { email = org.Staff.Email, role = "staff" }, key)).Expect(409, "USER_EXISTS");
        (await org.Owner.Post("/auth/invite", new { email = org.Staff.Email, role = "staff" }, key)).Expect(409, "USER_EXISTS");
        (await org.Owner.Post("/auth/invite", new { email = $"sam-{org.Id:N}@example.test", role = "staff" }, key)).Expect(201);
    }

    [Fact]
    public async Task Twenty_parallel_requests_that_are_refused_are_refused_properly()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();

        for (var round = 0; round < 5; round++)
        {
            var replies = await Task.WhenAll(
                Enumerable.Range(0, 20).Select(_ => org.Owner.Post("/auth/invite", new { email = org.Staff.Email, role = "staff" }, key)));
            Assert.All(replies, reply => Assert.True(reply.Code is "USER_EXISTS" or "IDEMPOTENCY_IN_PROGRESS", reply.Body));
        }
    }

    [Fact]
    public async Task A_crash_frees_the_key()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        await _app.Sql("alter table contacts rename to contacts_away");
        try
        {
            (await org.Staff.Post("/contacts", Ann, key)).Expect(500, "INTERNAL_ERROR");
        }
        finally
        {
            await _app.Sql("alter table contacts_away rename to contacts");
        }

        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        Assert.Equal(1, await Contacts(org));
    }

    [Fact]
    public async Task A_key_belongs_to_one_user_and_one_route()
    {
        var org = await _app.NewOrganization();
        var other = await _app.NewOrganization();
        var key = NewKey();

        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        (await org.OtherStaff.Post("/contacts", Ann, key)).Expect(201);
        (await other.Staff.Post("/contacts", Ann, key)).Expect(201);
        Assert.Equal(2, await Contacts(org));

        var ann = await org.AddContact(org.Staff);
        var bob = await org.AddContact(org.Staff);
        (await org.Staff.Post($"/contacts/{ann}/timeline", new { type = "note", description = "hello" }, key)).Expect(201);
        (await org.Staff.Post($"/contacts/{bob}/timeline", new { type = "note", description = "hello" }, key)).Expect(201);
        Assert.Equal(2, await _app.Scalar<long>("select count(*) from timeline_entries where organization_id = $1 and description = 'hello'", org.Id));
    }

    [Fact]
    public async Task A_key_has_1_to_255_characters()
    {
        var org = await _app.NewOrganization();

        var refused = (await org.Staff.Post("/contacts", Ann, ("Idempotency-Key", new string('k', 256)))).Expect(400, "VALIDATION_ERROR");
        Assert.Equal(["Idempotency-Key"], refused.Fields);
        (await org.Staff.Post("/contacts", Ann, ("Idempotency-Key", " "))).Expect(400, "VALIDATION_ERROR");
        (await org.Staff.Post("/contacts", Ann, ("Idempotency-Key", new string('k', 255)))).Expect(201);

        Assert.Equal(1, await Contacts(org));
    }

    [Fact]
    public async Task A_key_is_remembered_for_a_day()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        (await org.Staff.Post("/contacts", Ann, key)).Expect(201);
        _app.Clock.Advance(TimeSpan.FromHours(23.9));
        var client = (await _app.NewSession(org.Staff)).Client;
        (await client.Post("/contacts", Ann, key)).Expect(201);
        Assert.Equal(1, await Contacts(org));

        _app.Clock.Advance(TimeSpan.FromHours(0.2));

        (await client.Post("/contacts", new { name = "Bob" }, key)).Expect(201);
        Assert.Equal(2, await Contacts(org));
        _app.Clock.Advance(TimeSpan.FromHours(25));
        await _app.RunTimer("CleanUp");
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from idempotency_keys where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task Losing_ones_role_also_loses_the_kept_replies()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        var invitation = new { email = $"sam-{org.Id:N}@example.test", role = "staff" };
        (await org.Manager.Post("/auth/invite", invitation, key)).Expect(201);
        await _app.Sql("update users set role = 'staff' where id = $1", org.Manager.Id);
        _app.Clock.Advance(TimeSpan.FromSeconds(5));

        (await org.Manager.Post("/auth/invite", invitation, key)).Expect(403, "FORBIDDEN");
    }

    [Fact]
    public async Task What_signs_people_in_keeps_no_reply_whatever_headers_come_along()
    {
        var org = await _app.NewOrganization();
        var key = NewKey();
        var session = await _app.NewSession(org.Staff);
        var login = new { email = org.Staff.Email, password = TestOrganization.Password };

        var first = (await org.Staff.Post("/auth/login", login, key)).Expect(200);
        var second = (await org.Staff.Post("/auth/login", login, key)).Expect(200);
        (await org.Staff.Post("/auth/refresh", new { refreshToken = session.RefreshToken }, key)).Expect(200);

        Assert.NotEqual(first.Data.GetProperty("refreshToken").GetString(), second.Data.GetProperty("refreshToken").GetString());
        Assert.Equal(0, await _app.Scalar<long>("select count(*) from idempotency_keys where organization_id = $1", org.Id));
    }

    private static (string Name, string Value) NewKey() => ("Idempotency-Key", Guid.NewGuid().ToString());

    private Task<long> Contacts(TestOrganization org) => _app.Scalar<long>("select count(*) from contacts where organization_id = $1", org.Id);
}

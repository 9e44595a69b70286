using Crm.Functions.Outbox;
using Crm.Functions.Tests.Auth;
using Crm.Functions.Tests.Contacts.Bulk;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Email;

public sealed class CleanUpTests(OwnApp own) : IClassFixture<OwnApp>
{
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task Every_table_has_a_time_after_which_its_rows_go_or_a_reason_why_they_stay()
    {
        var tables = (await _app.Scalar<string>(
            "select string_agg(relname, ',') from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')")).Split(',');
        var known = Retention.Rules.Select(rule => rule.Table).Distinct().Concat(Retention.Kept.Keys).ToArray();

        Assert.Equal(tables.Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Retention.Kept.Values, string.IsNullOrWhiteSpace);
    }

    [Fact]
    public async Task What_has_served_its_time_goes_and_nothing_else()
    {
        var org = await _app.NewOrganization();
        await _app.NewSession(org.Owner);
        (await _app.Login(org.Owner.Email, "not the password")).Expect(401);
        (await _app.Anonymous.Post("/auth/forgot-password", new { email = org.Staff.Email })).Expect(200);
        (await org.Manager.Post("/auth/logout", null, ("Idempotency-Key", "one"))).Expect(200);
        await _app.Invite(org.Owner, "staff");
        await _app.Settled(org.Id);
        await Importing.Import(org.Owner, "email\na@x.example\nb@x.example\n");
        await _app.Sql(
            "insert into task_digests (organization_id, user_id, local_date, created_at) values ($1, $2, current_date, $3)",
            org.Id, org.Owner.Id, _app.Clock.GetUtcNow());
        // A mail that still waits, although nobody knows for what.
        await _app.Sql(
            "insert into emails (organization_id, id, kind, recipient, data, due_at, created_at)"
                + " values ($1, gen_random_uuid(), 'x', 'x', '{}', $2::timestamptz + interval '9 years', $2)",
            org.Id, _app.Clock.GetUtcNow());
        var audits = await Rows("audit_events");
        Assert.True(audits > 2, "Nothing was recorded.");
        Assert.Equal($"1 3 1 5 1 1 3 1 2 1 {audits}", await Left());

        await _app.RunTimer("CleanUp");
        Assert.Equal($"1 3 1 5 1 1 3 1 2 1 {audits}", await Left());

        _app.Clock.Advance(TimeSpan.FromDays(2));
        await _app.RunTimer("CleanUp");
        Assert.Equal($"0 0 1 5 1 1 3 1 2 1 {audits}", await Left());

        _app.Clock.Advance(TimeSpan.FromDays(30));
        await _app.RunTimer("CleanUp");
        Assert.Equal($"0 0 0 0 0 1 3 0 0 1 {audits}", await Left());

        _app.Clock.Advance(TimeSpan.FromDays(70));
        await _app.RunTimer("CleanUp");
        Assert.Equal($"0 0 0 0 0 0 1 0 0 1 {audits}", await Left());

        _app.Clock.Advance(TimeSpan.FromDays(300));
        await _app.RunTimer("CleanUp");
        Assert.Equal($"0 0 0 0 0 0 1 0 0 0 {audits}", await Left());

        _app.Clock.Advance(TimeSpan.FromDays(365));
        await _app.RunTimer("CleanUp");
        Assert.Equal("0 0 0 0 0 0 1 0 0 0 0", await Left());

        async Task<string> Left() => string.Join(
            ' ', await Rows("idempotency_keys"), await _app.Scalar<long>("select count(*) from login_attempts"),
            await Rows("refresh_tokens"), await Rows("sessions"), await Rows("password_resets"),
            await Rows("invitations"), await Rows("emails"), await Rows("task_digests"),
            await Rows("import_rows"), await Rows("imports"), await Rows("audit_events"));

        Task<long> Rows(string table) => _app.Scalar<long>($"select count(*) from {table} where organization_id = $1", org.Id);
    }

    [Fact]
    public async Task An_import_whose_rows_are_gone_says_so_when_it_is_to_be_undone_and_one_being_undone_keeps_them()
    {
        var org = await _app.NewOrganization();
        var old = await Importing.Import(org.Owner, "email\na@x.example\n");
        var undoing = await Importing.Import(org.Owner, "email\nb@x.example\n");
        await _app.Sql("update imports set status = 'undoing' where id = $1", undoing.GetProperty("id").GetGuid());
        _app.Clock.Advance(TimeSpan.FromDays(31));

        await _app.RunTimer("CleanUp");

        var user = await _app.SignInAs(org.Id, org.Owner.Id);
        (await user.Post($"/contacts/import/{old.GetProperty("id").GetGuid()}/undo")).Expect(409, "IMPORT_TOO_OLD");
        Assert.Equal(undoing.GetProperty("id").GetGuid(), await _app.Scalar<Guid>("select import_id from import_rows where organization_id = $1", org.Id));
    }

    [Fact]
    public async Task A_session_that_goes_on_and_its_tokens_stay()
    {
        var org = await _app.NewOrganization();
        var session = await _app.NewSession(org.Owner);
        for (var day = 0; day < 60; day += 20)
        {
            _app.Clock.Advance(TimeSpan.FromDays(20));
            session = Auth.Tokens.Of(_app, (await _app.Refresh(session.RefreshToken)).Expect(200));
            await _app.RunTimer("CleanUp");
        }

        (await session.Client.Get("/auth/me")).Expect(200);
        (await _app.Refresh(session.RefreshToken)).Expect(200);
    }

    [Fact]
    public async Task Many_rows_go_in_batches()
    {
        await _app.Sql(
            "insert into login_attempts (key, failures, last_at) select 'old:' || number, 1, $1 from generate_series(1, 12345) number",
            _app.Clock.GetUtcNow().AddDays(-2));
        // No statement takes more than a batch.
        await _app.Sql("""
            create function few() returns trigger language plpgsql as $body$
            begin
                if (select count(*) from gone) > 5000 then raise exception 'too many at once'; end if;
                return null;
            end $body$;
            create trigger few after delete on login_attempts referencing old table as gone for each statement execute function few();
            """);

        await _app.RunTimer("CleanUp");

        Assert.Equal(0, await _app.Scalar<long>("select count(*) from login_attempts where key like 'old:%'"));
    }
}

using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Tests.Architecture;

/// <summary>The second wall: a statement that forgets its organisation sees that of its scope, and nothing else.</summary>
public sealed class RowLevelSecurityTests(TestServices services)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Db Database =>
        new(services.App.Services.GetRequiredService<DbSources>(), services.App.Clock, services.App.Services.GetRequiredService<IOutboxRelay>());

    [Fact]
    public async Task A_statement_without_its_where_reads_and_changes_no_other_organisations_rows()
    {
        var (org, other) = (await services.App.NewOrganization(), await services.App.NewOrganization());
        var (mine, theirs) = (await org.AddContact(org.Owner), await other.AddContact(other.Owner));
        var scope = new Scope(org.Id);

        Assert.Equal([mine], await Database.List<Guid>(scope, "select id from contacts", null, Ct));
        Assert.Equal([mine], await Database.Search<Guid>(scope, "select id from contacts_of_caller where search_text like '%contact%'", null, Ct));
        Assert.Equal([org.Id], await Database.List<Guid>(scope, "select id from organizations", null, Ct));
        Assert.Equal(1, await Database.Execute(scope, "update contacts set notes = 'mine'", null, Ct));
        Assert.Equal(0, await Database.Execute(scope, "delete from timeline_entries where contact_id = @theirs", new { theirs }, Ct));
        Assert.Equal(0L, await services.App.Scalar<long>("select count(*) from contacts where organization_id = $1 and notes is not null", other.Id));
        await Assert.ThrowsAsync<PostgresException>(() => Database.Execute(
            scope, "insert into contacts (organization_id, id, created_at, updated_at) values (@Other, gen_random_uuid(), now(), now())",
            new { Other = other.Id }, Ct));
    }

    [Fact]
    public async Task In_a_transaction_every_statement_is_behind_the_wall_and_the_connection_keeps_nothing()
    {
        var (org, other) = (await services.App.NewOrganization(), await services.App.NewOrganization());
        await other.AddContact(other.Owner);
        var sources = services.App.Services.GetRequiredService<DbSources>();

        await Database.Transaction(
            new Scope(org.Id),
            async tx =>
            {
                Assert.Equal(4, await tx.Find<long>("select count(*) from users", null));
                Assert.Empty(await tx.OwnedBy(org.Staff.Id).List<Guid>("select id from contacts", null));
                return true;
            },
            Ct);
        for (var i = 0; i < 20; i++)
        {
            await using var connection = await sources.Fixed.OpenConnectionAsync(Ct);
            await using var command = new NpgsqlCommand("select count(*) from users", connection);
            Assert.Equal(0L, await command.ExecuteScalarAsync(Ct));
        }
    }

    [Fact]
    public async Task Who_passes_an_organisation_or_none_is_told_so()
    {
        var org = await services.App.NewOrganization();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Database.Find<long>(default, "select 1", null, Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Database.Find<long>(new Scope(org.Id), "select 1 where @OrganizationId is not null", new { OrganizationId = Guid.Empty }, Ct));
    }

    private const string Wall = "(NULLIF(current_setting(''app.organization_id''::text, true), ''''::text))::uuid";

    private const string HasOrganization = """
        c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and (c.relname = 'organizations' or exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
        """;

    [Theory]
    [InlineData("every table with an organisation has its two policies and no others", $"""
        select string_agg(c.relname, ', ')
        from pg_class c
        where {HasOrganization}
          and not (c.relrowsecurity
                   and (select array_agg(p.polname::text order by p.polname) from pg_policy p where p.polrelid = c.oid) = array['jobs', 'tenant']
                   and exists (
                       select from pg_policy p
                       where p.polrelid = c.oid and p.polname = 'tenant' and p.polcmd = '*' and p.polroles = array['crm_app'::regrole::oid]
                         and pg_get_expr(p.polqual, p.polrelid) like '%id = {Wall}%'))
        """)]
    [InlineData("no other table but these is open to the app", $"""
        select string_agg(c.relname, ', ')
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not ({HasOrganization})
          and c.relname not in ('login_attempts', 'provider_pulses', 'timers', 'time_zones', 'schema_migrations')
        """)]
    [InlineData("the roles own nothing and are above nothing", """
        select string_agg(r.rolname, ', ')
        from pg_roles r
        where r.rolname in ('crm_app', 'crm_jobs')
          and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcanlogin
               or exists (select from pg_class c where c.relowner = r.oid)
               or exists (select from pg_auth_members m where m.member = r.oid))
        """)]
    [InlineData("a view has its table's columns and the wall in it", $"""
        select string_agg(v.relname, ', ')
        from pg_class v
        where v.relnamespace = 'public'::regnamespace and v.relkind = 'v' and v.relname not like 'pg_stat_statements%'
          and not (v.relname like '%_of_caller'
                   and pg_get_viewdef(v.oid) like '%organization_id = {Wall}%'
                   and (select array_agg(attname order by attname) from pg_attribute where attrelid = v.oid and attnum > 0)
                       = (select array_agg(attname order by attname) from pg_attribute
                          where attrelid = to_regclass(replace(v.relname, '_of_caller', '')) and attnum > 0 and not attisdropped))
        """)]
    [InlineData(
        "nothing runs with its owner's rights",
        "select string_agg(p.proname, ', ') from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef")]
    public async Task The_wall_has_no_hole(string rule, string sql)
    {
        var wrong = await services.App.Scalar<object>(sql);
        Assert.True(wrong is DBNull, $"{rule}: {wrong}");
    }
}

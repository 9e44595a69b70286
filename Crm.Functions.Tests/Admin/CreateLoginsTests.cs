using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Tests.Admin;

/// <summary>Logins for the app's pools, whose defaults take the place of what a pooler between app and database drops.</summary>
public sealed class CreateLoginsTests(TestServices services)
{
    private const string Password = "0123456789abcdef0123456789abcdef";

    // Logins are the whole server's: each test has names of its own.
    private readonly string _name = $"login_{Guid.NewGuid():N}"[..20];
    private string _connection = "";

    [Fact]
    public async Task The_app_works_with_logins_that_own_nothing_and_plan_as_their_pools_want()
    {
        _connection = await services.CreateDatabase();
        await Create();
        // A second time, with a new password.
        await Create("another-password-of-24-characters");
        await using var sources = new DbSources(AppConnection("another-password-of-24-characters"), ownLogins: true);

        const string State =
            "select concat_ws(' ', session_user, current_user, current_setting('plan_cache_mode'), current_setting('jit'), current_setting('is_superuser'))";
        Assert.Equal($"{_name}_fixed crm_app force_generic_plan off off", await Scalar(sources.Fixed, State));
        Assert.Equal($"{_name}_search crm_app force_custom_plan off off", await Scalar(sources.Search, State));
        Assert.Equal($"{_name}_jobs crm_jobs force_generic_plan off off", await Scalar(sources.Jobs, State));
        await using (var old = new DbSources(AppConnection(Password), ownLogins: true))
            await Assert.ThrowsAsync<PostgresException>(() => Scalar(old.Fixed, State));

        await using var app = await services.StartApp(settings =>
        {
            settings["Database:ConnectionString"] = AppConnection("another-password-of-24-characters");
            settings["Database:OwnLogins"] = "true";
        });
        (await app.Anonymous.Get("/ready")).Expect(200);
        await app.RunTimer("SweepOutbox");
        (await app.Anonymous.Post("/auth/login", new { email = "nobody@example.test", password = "no such password" })).Expect(401);
    }

    [Fact]
    public async Task An_app_whose_connections_do_not_take_their_role_is_not_ready()
    {
        _connection = await services.CreateDatabase();
        await Create();
        await Sql($"alter role {_name}_jobs reset role");
        await using var app = await services.StartApp(settings =>
        {
            settings["Database:ConnectionString"] = AppConnection(Password);
            settings["Database:OwnLogins"] = "true";
        });

        Assert.Contains("set Database__OwnLogins to true", (await app.Anonymous.Get("/ready")).Expect(503).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_logins_see_one_organisation_at_a_time_whatever_their_defaults_are()
    {
        _connection = await services.CreateDatabase();
        await Create();
        await Sql("insert into organizations (id, name, slug, timezone, country, created_at, updated_at) values "
            + "(gen_random_uuid(), 'Acme', 'acme', 'UTC', 'US', now(), now())");

        foreach (var (login, seen) in new[] { ("fixed", "0"), ("search", "0"), ("jobs", "1") })
        {
            var plain = new NpgsqlConnectionStringBuilder(AppConnection(Password)) { Username = $"{_name}_{login}", Options = "-c role=none" };
            await using var source = NpgsqlDataSource.Create(plain.ConnectionString);
            Assert.Equal(seen, await Scalar(source, "select count(*)::text from organizations"));
        }
    }

    [Fact]
    public async Task Passwords_that_are_short_databases_without_roles_and_names_of_others_are_refused()
    {
        _connection = await services.CreateDatabase();
        await IsRefused("Give a password of at least 20", "short");
        await IsRefused("Give a password of at least 20", "twenty characters, ü is none");

        await Sql($"create role {_name}_search login superuser");
        await IsRefused($"{_name}_search may do more than a login of the app should", Password);
        Assert.Equal("0", await Owner($"select count(*)::text from pg_roles where rolname = '{_name}_fixed'"));
        await Sql($"alter role {_name}_search nosuperuser; grant crm_jobs to {_name}_search");
        await IsRefused($"{_name}_search is a member of another role", Password);
        await Sql($"revoke crm_jobs from {_name}_search; create table theirs (); alter table theirs owner to {_name}_search");
        await IsRefused($"{_name}_search owns tables", Password);
    }

    private async Task Create(string password = Password)
    {
        var run = await Run(password);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal($"The app can sign in as {_name}_fixed, {_name}_search, {_name}_jobs: with Username={_name} and Database__OwnLogins=true.\n", run.Output);
    }

    private async Task IsRefused(string message, string password)
    {
        var run = await Run(password);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(message, run.Error, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output, string Error)> Run(string password) =>
        AdminCommand.Run(["create-logins", "--name", _name], new Dictionary<string, string> { ["Database__ConnectionString"] = _connection }, $"{password}\n");

    private string AppConnection(string password) => new NpgsqlConnectionStringBuilder(_connection) { Username = _name, Password = password }.ConnectionString;

    private async Task Sql(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> Owner(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        return await Scalar(source, sql);
    }

    private static async Task<string> Scalar(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

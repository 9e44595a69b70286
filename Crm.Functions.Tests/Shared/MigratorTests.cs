using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;
using Npgsql;

namespace Crm.Functions.Tests.Shared;

public sealed class MigratorTests(TestServices services)
{
    private static readonly Migration People = new("0001_people.sql", "create table people (id integer primary key, name text)");
    private static readonly Migration Index = new(
        "0002_index.sql", $"{Migration.Mark}\ndrop index concurrently if exists people_name;\ncreate index concurrently people_name on people (name);");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_instances_at_once_apply_each_file_once()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);
        Migration[] files =
            [.. Migrator.Files(), new("9001_index.sql", $"{Migration.Mark}\ncreate index concurrently organizations_name on organizations (name);")];

        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Migrator.Migrate(connection, files, Ct), Ct)));

        Assert.Equal(files.Select(file => file.Name), applied.SelectMany(names => names).Order(StringComparer.Ordinal));
        Assert.Equal(files.Length, await Scalar<long>(database, "select count(*) from schema_migrations where applied_at > now() - interval '1 minute'"));
        Assert.Empty(await Migrator.Migrate(connection, files, Ct));
    }

    [Fact]
    public async Task A_database_that_was_made_before_dbup_gets_only_what_is_missing()
    {
        const int Newest = 7;
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);
        await Execute(
            database, "create table schema_migrations (number integer primary key, name text not null, applied_at timestamptz not null default now())");
        foreach (var file in Migrator.Files().Where(file => file.Number <= Newest))
            await Execute(database, $"{file.Sql};\ninsert into schema_migrations (number, name) values ({file.Number}, '{file.Name}')");
        await Execute(
            database,
            """
            insert into organizations (id, name, slug, timezone, settings, created_at, updated_at)
            select gen_random_uuid(), zone, zone, zone,
                   case zone when 'UTC' then '{"lostReasonRequired": true}'::jsonb when 'Asia/Tokyo' then '{"dealRottingDays": 7}' else '{}' end, now(), now()
            from unnest(array['Europe/Berlin', 'UTC', 'America/New_York', 'Asia/Tokyo']) zone
            """);

        var applied = await Migrator.Migrate(connection, Ct);

        Assert.Equal(Migrator.Files().Where(file => file.Number > Newest).Select(file => file.Name), applied);
        Assert.Equal(Migrator.Files().Count(), await Scalar<long>(database, "select count(*) from schema_migrations"));
        Assert.Equal(
            "America/New_York US, Asia/Tokyo JP, Europe/Berlin DE, UTC US",
            await Scalar<string>(database, "select string_agg(name || ' ' || country, ', ' order by name) from organizations"));
        Assert.Equal(
            "America/New_York 30 f, Asia/Tokyo 7 f, Europe/Berlin 30 f, UTC 30 t",
            await Scalar<string>(
                database,
                "select string_agg(concat_ws(' ', name, deal_rotting_days, lost_reason_required), ', ' order by name) from organizations"));
        Assert.Equal(4 * 5, await Scalar<long>(database, "select count(*) from templates where is_system"));
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_and_those_before_it_stay()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrator.Migrate(
            connection,
            [
                People, new("0002_broken.sql", "create table pets (id integer); insert into people values (1); insert into people values (1);"),
                new("0003_later.sql", "create table later ()"),
            ],
            Ct));

        Assert.StartsWith("0002_broken.sql failed and left nothing behind", error.Message, StringComparison.Ordinal);
        Assert.Equal("0001_people.sql", await Scalar<string>(database, "select string_agg(name, ' ') from schema_migrations"));
        Assert.Equal(0, await Scalar<long>(database, "select count(*) from people"));
        Assert.False(await Scalar<bool>(database, "select to_regclass('pets') is not null or to_regclass('later') is not null"));
    }

    [Fact]
    public async Task A_marked_file_runs_without_a_transaction_and_again_after_it_stopped_half_way()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);
        await Migrator.Migrate(connection, [People], Ct);
        await Execute(database, "insert into people select number, 'Ann' from generate_series(1, 2) number");

        var unmarked = Index with { Sql = Index.Sql[Migration.Mark.Length..] };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Migrator.Migrate(connection, [People, unmarked], Ct));
        var unique = Index with { Sql = Index.Sql.Replace("create index", "create unique index", StringComparison.Ordinal) };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrator.Migrate(connection, [People, unique], Ct));
        Assert.StartsWith("0002_index.sql failed half-way, and will run again from its beginning: ", error.Message, StringComparison.Ordinal);
        Assert.False(await Scalar<bool>(database, "select indisvalid from pg_index where indexrelid = 'people_name'::regclass"));

        Assert.Equal(["0002_index.sql"], await Migrator.Migrate(connection, [People, Index], Ct));
        Assert.True(await Scalar<bool>(database, "select indisvalid from pg_index where indexrelid = 'people_name'::regclass"));
    }

    [Fact]
    public async Task A_file_may_take_long_but_does_not_wait_long_for_a_busy_table()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);
        await Execute(database, $"alter database {new NpgsqlConnectionStringBuilder(connection).Database} set statement_timeout = '1s'");
        await Migrator.Migrate(connection, [People, new("0002_long.sql", "select pg_sleep(1.2)")], Ct);

        await using var busy = await database.OpenConnectionAsync(Ct);
        await using var transaction = await busy.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand("lock table people in share mode", busy, transaction))
            await command.ExecuteNonQueryAsync(Ct);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Migrator.Migrate(connection, [new("0003_column.sql", "alter table people add column age integer")], Ct));

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, Assert.IsType<PostgresException>(error.InnerException).SqlState);
    }

    [Fact]
    public async Task What_looks_like_a_variable_or_the_end_of_a_statement_is_taken_as_it_stands()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);

        await Migrator.Migrate(connection, [new("0001_signs.sql", """
            -- It's Ann's; and "Bo's".
            create function signs() returns text language plpgsql as $body$ begin return '$Name$; ''@x'' :y'; end $body$;
            /* A ; comment */ create table signs as select signs() as text;
            """)], Ct);

        Assert.Equal("$Name$; '@x' :y", await Scalar<string>(database, "select text from signs"));
    }

    [Fact]
    public async Task A_table_of_the_journals_name_in_another_schema_is_somebody_elses()
    {
        var connection = await services.CreateDatabase(isMigrated: false);
        await using var database = NpgsqlDataSource.Create(connection);
        await Execute(database, "create schema theirs; create table theirs.schema_migrations (version text)");

        Assert.Equal(["0001_people.sql"], await Migrator.Migrate(connection, [People], Ct));
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused_by_its_version()
    {
        Assert.Equal(
            "The database is PostgreSQL 17.6, and this app needs 18 or newer: its statements use uuidv7(), which older ones do not have.",
            Migrator.Refusal(new Version(17, 6)));
        Assert.Null(Migrator.Refusal(new Version(18, 0)));
        Assert.Null(Migrator.Refusal(new Version(19, 1)));
    }

    [Fact]
    public void The_files_are_numbered_each_by_a_number_of_its_own()
    {
        var numbers = Migrator.Files().Select(file => file.Number).ToArray();

        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Equal(1, numbers[0]);
    }

    private static async Task Execute(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static async Task<T> Scalar<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }
}

using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Crm.Shared.Database;

namespace Crm.Functions.Tests.Health;

/// <summary>What a probe, and whoever deploys, learns of the database.</summary>
public sealed class ReadyTests(TestServices services)
{
    [Fact]
    public async Task A_migration_that_is_missing_is_named()
    {
        await using var app = await services.StartApp();
        (await app.Anonymous.Get("/ready")).Expect(200);
        var last = Migrator.Files().Max(file => file.Number);

        // One in the middle counts as much as the last: a merge may bring an older number later.
        await app.Sql("delete from schema_migrations where number in (5, $1)", last);

        Assert.Equal($"The database lacks migration 0005, {last:0000}: run the migrate command.", await Fault(app));
    }

    [Fact]
    public async Task A_database_without_any_migration_is_not_ready()
    {
        var empty = await services.CreateDatabase(isMigrated: false);
        await using var app = await services.StartApp(settings => settings["Database:ConnectionString"] = empty);

        Assert.Equal("The database has no migration at all: run the migrate command.", await Fault(app));
    }

    [Fact]
    public async Task Health_says_which_build_answers() =>
        Assert.Equal(
            AppBuild.Commit ?? AppBuild.Version, (await services.App.Anonymous.Get("/health")).Expect(200).Data.GetProperty("version").GetString());

    private static async Task<string> Fault(TestApp app) =>
        (await app.Anonymous.Get("/ready")).Expect(503, "OVERLOADED").Json.GetProperty("error").GetProperty("message").GetString()!;
}

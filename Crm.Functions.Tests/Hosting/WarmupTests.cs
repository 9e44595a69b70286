using Crm.Functions.Hosting;
using Crm.Functions.Tests.Fixture;
using Crm.Functions.Tokens;

namespace Crm.Functions.Tests.Hosting;

/// <summary>What a new instance does before its first request.</summary>
public sealed class WarmupTests(TestServices services)
{
    [Fact]
    public async Task The_host_can_call_it()
    {
        var result = await services.App.WarmUp();
        Assert.True(result.Succeeded, result.Error);
    }

    [Fact]
    public async Task It_asks_the_database_and_changes_nothing()
    {
        var app = services.App.Services;
        var statements = await Statements.Of(() => Warmup.Handle(
            null, app.GetRequiredService<WebPipeline>(), app.GetRequiredService<AccessTokens>(), app.GetRequiredService<IServiceScopeFactory>()));
        Assert.Contains(statements, sql => sql.Contains("current_user", StringComparison.Ordinal));
        Assert.Contains(statements, sql => sql.Contains("schema_migrations", StringComparison.Ordinal));
        Assert.DoesNotContain(statements, sql => sql.Contains("insert", StringComparison.OrdinalIgnoreCase));
    }
}

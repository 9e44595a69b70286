using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Permissions;

/// <summary>All rows of organisations in one text, to see that a refused request has written nothing.</summary>
internal sealed class TableDigest(string sql)
{
    /// <summary>Messages on their way change by themselves.</summary>
    private const string TablesSql = """
        select string_agg(table_name, ',' order by table_name)
        from information_schema.columns
        where table_schema = 'public' and column_name = 'organization_id' and table_name not in ('outbox', 'emails')
        """;

    public static async Task<TableDigest> Create(TestApp app)
    {
        var tables = (await app.Scalar<string>(TablesSql)).Split(',');
        Assert.True(tables.Length > 10, "The tables were not found.");
        return new(string.Join("\n|| ' ' || ", tables.Select(table =>
            $"(select '{table}:' || count(*) || ':' || coalesce(md5(string_agg(t::text, '' order by t::text collate \"C\")), '') "
            + $"from {table} t where organization_id = any($1))")));
    }

    /// <summary>All rows of the two organisations, once their imports, events and messages are done with.</summary>
    public async Task<string> Of(RecordWorld world)
    {
        const string RunSql = """
            select exists (select from imports where organization_id = any($1) and status in ('queued', 'running', 'undoing'))
                or exists (select from provider_events where organization_id = any($1) and status = 'received')
                or exists (select from stored_files where organization_id = any($1) and queued_until is not null)
                or exists (select from webhook_deliveries where organization_id = any($1) and state = 'pending' and (tried_at is null or attempts = 0))
                or exists (
                    select from deliveries
                    where organization_id = any($1) and campaign_id is null and state = 'pending' and not_before is null)
            """;
        Guid[] organizations = [world.Org.Id, world.Other.Id];
        while (await world.Org.App.Scalar<bool>(RunSql, organizations))
            await Task.Delay(20);
        return await world.Org.App.Scalar<string>($"select {sql}", organizations);
    }

    /// <summary>The tables that differ.</summary>
    public static string Difference(string before, string after) =>
        string.Join("; ", before.Split(' ').Zip(after.Split(' ')).Where(pair => pair.First != pair.Second).Select(pair => $"{pair.First} → {pair.Second}"));
}

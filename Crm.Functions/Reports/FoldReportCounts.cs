using Crm.Shared.Database;

namespace Crm.Functions.Reports;

/// <summary>Adds up the differences in <c>daily_counts</c> and <c>message_slots</c> of the organisations that have many.</summary>
public static class FoldReportCounts
{
    /// <summary>Rows that are summed up with every report without anybody noticing.</summary>
    private const int Few = 200;
    private const int MostOrganizations = 1000;

    private static string ManySql(string table) => $"""
        select organization_id
        from {table}
        where not is_folded
        group by organization_id
        having count(*) > @Few
        order by count(*) desc, organization_id
        limit @MostOrganizations
        """;

    // Each row is taken once, even by two at the same moment: the second finds it gone, and adds up the others.
    private const string DaysSql = """
        with taken as (
            delete from daily_counts
            where organization_id = @OrganizationId
              and (kind, day) in (select kind, day from daily_counts where organization_id = @OrganizationId and not is_folded)
            returning kind, day, key, rows)
        insert into daily_counts (organization_id, kind, day, key, rows, is_folded)
        select @OrganizationId, kind, day, key, sum(rows), true
        from taken
        group by kind, day, key
        having sum(rows) <> 0
        """;

    private const string SlotsSql = """
        with taken as (
            delete from message_slots
            where organization_id = @OrganizationId
              and slot in (select slot from message_slots where organization_id = @OrganizationId and not is_folded)
            returning *)
        insert into message_slots (organization_id, slot, channel, campaign_id, sent, delivered, opened, clicked, bounced, failed, received, is_folded)
        select @OrganizationId, slot, channel, campaign_id, sum(sent), sum(delivered), sum(opened), sum(clicked), sum(bounced), sum(failed), sum(received), true
        from taken
        group by slot, channel, campaign_id
        having 0 <> any (array[sum(sent), sum(delivered), sum(opened), sum(clicked), sum(bounced), sum(failed), sum(received)])
        """;

    /// <summary>Adds up the days of the transaction's organisation: what came and went on one of them is gone without a trace.</summary>
    public static Task FoldDays(DbTransaction tx) => tx.Execute(DaysSql, null);

    public static async Task Handle(Db db, CancellationToken ct)
    {
        await OneByOne.Do([("daily_counts", DaysSql), ("message_slots", SlotsSql)], counts => Fold(counts.Item1, counts.Item2), ct);

        async Task Fold(string table, string foldSql)
        {
            var organizations = await db.List<Guid>(Scope.Global, ManySql(table), new { Few, MostOrganizations }, ct);
            await OneByOne.Do(organizations, id => db.Execute(new Scope(id), foldSql, null, ct), ct);
        }
    }
}

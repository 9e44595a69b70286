using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Deals;

/// <summary>What must hold of an organisation's deals whatever was done to them.</summary>
internal static class Consistent
{
    private const string WrongTotals = """
        select count(*)
        from (
            select stage_id, owner_id, currency, deals, value, own_value, own_weighted, seconds_to_close
            from stage_totals
            where organization_id = $1) t
        full join (
            select stage_id, owner_id, currency, count(*) as deals, sum(value) as value,
                   coalesce(sum(value) filter (where probability is not null), 0) as own_value,
                   coalesce(sum(value * probability), 0) as own_weighted,
                   coalesce(sum(floor(extract(epoch from closed_at - created_at))), 0) as seconds_to_close
            from deals
            where organization_id = $1 and deleted_at is null
            group by stage_id, owner_id, currency) d using (stage_id, owner_id, currency)
        where (coalesce(t.deals, 0), coalesce(t.value, 0), coalesce(t.own_value, 0), coalesce(t.own_weighted, 0), coalesce(t.seconds_to_close, 0))
           is distinct from (coalesce(d.deals, 0), coalesce(d.value, 0), coalesce(d.own_value, 0), coalesce(d.own_weighted, 0), coalesce(d.seconds_to_close, 0))
        """;

    private const string WrongDeals = """
        select count(*)
        from deals d
        join stages s on s.organization_id = d.organization_id and s.id = d.stage_id
        where d.organization_id = $1
          and (d.status <> s.type or (d.closed_at is null) <> (s.type = 'open')
               or s.deleted_at is not null and d.deleted_at is null or d.pipeline_id <> s.pipeline_id)
        """;

    // Every stay starts where the one before it ended; the last one lasts, in the deal's own stage, unless the deal is deleted.
    private const string WrongStays = """
        select count(*)
        from (
            select h.*, d.stage_id as now_in, d.deleted_at,
                   lead(h.entered_at) over (partition by h.deal_id order by h.entered_at, h.left_at nulls last) as next_entered_at
            from deal_stage_history h
            join deals d on d.organization_id = h.organization_id and d.id = h.deal_id
            where h.organization_id = $1) stays
        where case
            when next_entered_at is not null then left_at is distinct from next_entered_at
            when deleted_at is null then left_at is not null or stage_id <> now_in
            else left_at is null
        end
        """;

    private const string EqualRanks = """
        select count(*)
        from (select from deals where organization_id = $1 and deleted_at is null group by stage_id, rank having count(*) > 1) equal
        """;

    public static async Task Check(TestOrganization org)
    {
        foreach (var sql in new[] { WrongTotals, WrongDeals, WrongStays, EqualRanks })
            Assert.True(await org.App.Scalar<long>(sql, org.Id) == 0, sql);
    }
}

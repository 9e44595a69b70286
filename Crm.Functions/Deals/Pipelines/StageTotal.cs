using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>What the deals of one currency in one stage add up to.</summary>
/// <param name="StageId">The stage.</param>
/// <param name="Currency">The currency.</param>
/// <param name="Deals">How many.</param>
/// <param name="Value">Their sum.</param>
/// <param name="OwnValue">The sum of those with a probability of their own.</param>
/// <param name="OwnWeighted">The sum of value times probability of those, in hundredths.</param>
/// <param name="SecondsToClose">Of the closed ones, the seconds from creation to closing, added up.</param>
public sealed record StageTotal(Guid StageId, string Currency, long Deals, decimal Value, decimal OwnValue, decimal OwnWeighted, long SecondsToClose)
{
    // A row for each owner, stage and currency, however many deals those have: 0.1 ms for 100,000 deals of 50 owners as for 1,000.
    private const string SelectSql = """
        select stage_id, currency, sum(deals)::bigint as deals, sum(value) as value, sum(own_value) as own_value, sum(own_weighted) as own_weighted,
               sum(seconds_to_close)::bigint as seconds_to_close
        from stage_totals
        where organization_id = @OrganizationId
          and stage_id = any(@StageIds)
        """;

    private const string GroupSql = """

        group by stage_id, currency
        having sum(deals) > 0
        order by stage_id, currency
        """;

    private const string AllSql = SelectSql + GroupSql;

    private const string OwnSql = $"""
        {SelectSql}
          and owner_id = @OwnerId
        {GroupSql}
        """;

    /// <summary>The totals of the stages, as far as the scope sees their deals.</summary>
    public static Task<List<StageTotal>> Of(Db db, Scope scope, Guid[] stageIds, CancellationToken ct) =>
        db.List<StageTotal>(scope, scope.OwnerId is null ? AllSql : OwnSql, new { StageIds = stageIds }, ct);

    public static Task<List<StageTotal>> Of(DbTransaction tx, Guid[] stageIds) =>
        tx.List<StageTotal>(tx.Scope.OwnerId is null ? AllSql : OwnSql, new { StageIds = stageIds });
}

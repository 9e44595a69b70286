using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>The order of the deals in a stage. Whoever writes a rank holds the stage's lock.</summary>
internal static class ColumnOrder
{
    private sealed record Neighbours(string? Before, string? After);

    // The place is counted among the deals the caller sees; the deal goes right below its neighbour there, whatever others stand between.
    // One text for all and one for an owner: with "@OwnerId is null or …" a plan for both reads and sorts the column, 25 ms for
    // 16,700 deals instead of 0.1.
    private const string SeenSql = """
        with above as (
            select max(rank) as rank
            from (
                select rank
                from deals
                where organization_id = @OrganizationId
                  and stage_id = @StageId
                  and deleted_at is null
                  and id <> @DealId
        """;

    private const string NeighboursSql = """

                order by rank, id
                limit @Position) seen)
        select above.rank as before,
               (select d.rank
                from deals d
                where d.organization_id = @OrganizationId
                  and d.stage_id = @StageId
                  and d.deleted_at is null
                  and d.rank > coalesce(above.rank, '')
                  and d.id <> @DealId
                order by d.rank, d.id
                limit 1) as after
        from above
        """;

    private const string AllSql = SeenSql + NeighboursSql;

    private const string OwnSql = $"""
        {SeenSql}
                  and owner_id = @OwnerId
        {NeighboursSql}
        """;

    // h and eight digits: a whole number in the scheme of Rank, for a hundred million deals.
    private const string RenumberSql = """
        update deals d
        set rank = 'h' || lpad(n.number::text, 8, '0')
        from (
            select id, row_number() over (order by rank, id) as number
            from deals
            where organization_id = @OrganizationId and stage_id = @StageId and deleted_at is null) n
        where d.organization_id = @OrganizationId
          and d.id = n.id
          and d.stage_id = @StageId
          and d.deleted_at is null
        """;

    /// <summary>The rank that puts a deal at <paramref name="position"/> of the column (0, its top, by default; the end when the column is shorter).</summary>
    public static async Task<string> Place(DbTransaction tx, Guid stageId, Guid dealId, int? position)
    {
        var args = new { StageId = stageId, DealId = dealId, Position = position ?? 0 };
        var sql = tx.Scope.OwnerId is null ? AllSql : OwnSql;
        var (before, after) = (await tx.Find<Neighbours>(sql, args))!;
        var rank = Rank.Between(before, after);
        if (rank.Length <= Rank.Longest)
            return rank;

        await tx.Execute(RenumberSql, args);
        (before, after) = (await tx.Find<Neighbours>(sql, args))!;
        return Rank.Between(before, after);
    }
}

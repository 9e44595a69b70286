using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>
/// Whoever edits pipelines locks all of the organisation's, so that one edit at a time sees which is the default, then the stages it
/// touches, then their deals: the order in which deals are moved, too.
/// </summary>
internal static class PipelineLock
{
    public sealed record Row(Guid Id, string Name, bool IsDefault);

    public sealed record LockedRow(Guid Id, Guid PipelineId, string Name, int Position, string Type, int Probability);

    private const string PipelinesSql = """
        select id, name, is_default
        from pipelines
        where organization_id = @OrganizationId
          and deleted_at is null
        order by id
        for no key update
        """;

    private const string StagesSql = """
        select id, pipeline_id, name, position, type, probability
        from stages
        where organization_id = @OrganizationId
          and (pipeline_id = @PipelineId or id = @OtherStageId)
          and deleted_at is null
        order by id
        for no key update
        """;

    private const string OccupiedSql = """
        select stage_id
        from stage_totals
        where organization_id = @OrganizationId
          and stage_id = any(@StageIds)
        group by stage_id
        having sum(deals) > 0
        """;

    private const string NoDefaultSql = """
        update pipelines
        set is_default = false, updated_at = @Now
        where organization_id = @OrganizationId
          and is_default
        """;

    public static Task<List<Row>> Pipelines(DbTransaction tx) => tx.List<Row>(PipelinesSql, null);

    /// <summary>The stages of a pipeline, and one other stage when its deals shall go there.</summary>
    public static Task<List<LockedRow>> Stages(DbTransaction tx, Guid pipelineId, Guid? otherStageId = null) =>
        tx.List<LockedRow>(StagesSql, new { PipelineId = pipelineId, OtherStageId = otherStageId });

    /// <summary>Those of the stages that have deals.</summary>
    public static Task<List<Guid>> Occupied(DbTransaction tx, IEnumerable<Guid> stageIds) =>
        tx.List<Guid>(OccupiedSql, new { StageIds = stageIds.ToArray() });

    /// <summary>Makes room for another default pipeline.</summary>
    public static Task ClearDefault(DbTransaction tx) => tx.Execute(NoDefaultSql, new { tx.Now });
}

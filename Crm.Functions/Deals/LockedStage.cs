using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>A stage that deals are put into, locked so that one at a time finds its place in the column.</summary>
internal sealed record LockedStage(Guid Id, Guid PipelineId, string Name, string Type, bool LostReasonRequired, bool PipelineExists)
{
    private const string Select = """
        select s.id, s.pipeline_id, s.name, s.type, o.lost_reason_required,
               @PipelineId::uuid is null or exists (
                   select from pipelines where organization_id = @OrganizationId and id = @PipelineId and deleted_at is null) as pipeline_exists
        from stages s
        join pipelines p on p.organization_id = s.organization_id and p.id = s.pipeline_id
        join organizations o on o.id = s.organization_id
        where s.organization_id = @OrganizationId
          and s.deleted_at is null
        """;

    private const string ByIdSql = $"""
        {Select}
          and s.id = @StageId
        for no key update of s
        """;

    private const string FirstOpenSql = $"""
        {Select}
          and s.type = 'open'
          and p.deleted_at is null
          and case when @PipelineId::uuid is null then p.is_default else p.id = @PipelineId end
        order by s.position, s.id
        limit 1
        for no key update of s
        """;

    public static Error ReasonMissing => Errors.LostReasonRequired with { Details = [new("lostReason", Errors.LostReasonRequired.Message)] };

    /// <summary>The stage; and whether there is the pipeline, if one is named, which need not be the stage's.</summary>
    public static Task<LockedStage?> Find(DbTransaction tx, Guid stageId, Guid? pipelineId) =>
        tx.Find<LockedStage>(ByIdSql, new { StageId = stageId, PipelineId = pipelineId });

    /// <summary>The stage new deals start in, of the default pipeline unless another is named; null when there is no such pipeline.</summary>
    public static async Task<LockedStage?> FirstOpen(DbTransaction tx, Guid? pipelineId) =>
        // The one that was first may be gone by the time it is locked: another one is first now.
        await tx.Find<LockedStage>(FirstOpenSql, new { PipelineId = pipelineId }) ?? await tx.Find<LockedStage>(FirstOpenSql, new { PipelineId = pipelineId });

    /// <summary>Why the stage is not one of the pipeline; null when it is.</summary>
    public Error? Mismatch(Guid pipelineId) =>
        PipelineId == pipelineId ? null
        : PipelineExists ? Errors.StageNotInPipeline
        : Errors.PipelineNotFound;
}

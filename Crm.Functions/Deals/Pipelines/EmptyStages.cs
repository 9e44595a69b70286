using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>Moves all deals of stages that go, set by set. The stages are locked.</summary>
internal static class EmptyStages
{
    // The target's column is numbered anew, its own deals first. A deal that left meanwhile is not fetched back: the update looks again at
    // the row it waited for. Stays end and begin and the timelines tell of it in the same statement.
    private const string Sql = """
        with places as (
            select id, stage_id as from_stage_id, row_number() over (order by stage_id = @TargetId desc, rank, id) as number
            from deals
            where organization_id = @OrganizationId and stage_id = any(@StageIds || @TargetId) and deleted_at is null),
        placed as (
            update deals d
            set rank = 'h' || lpad(p.number::text, 8, '0'), pipeline_id = @PipelineId, stage_id = @TargetId, status = @Type,
                closed_at = case when @Type = 'open' then null when d.status = @Type then d.closed_at else @Now end,
                lost_reason = case when @Type = 'lost' then d.lost_reason end,
                stage_entered_at = case when p.from_stage_id = @TargetId then d.stage_entered_at else @Now end,
                updated_at = case when p.from_stage_id = @TargetId then d.updated_at else @Now end,
                version = d.version + case when p.from_stage_id = @TargetId then 0 else 1 end
            from places p
            where d.organization_id = @OrganizationId
              and d.id = p.id
              and d.stage_id = p.from_stage_id
              and d.deleted_at is null
            returning d.id, d.contact_id, d.title, p.from_stage_id),
        moved as (
            select * from placed where from_stage_id <> @TargetId),
        ended as (
            update deal_stage_history h
            set left_at = @Now
            from moved m
            where h.organization_id = @OrganizationId
              and h.deal_id = m.id
              and h.left_at is null
            returning h.deal_id),
        begun as (
            insert into deal_stage_history (organization_id, id, deal_id, stage_id, actor_id, entered_at)
            select @OrganizationId, gen_random_uuid(), deal_id, @TargetId, @ActorId, @Now
            from ended)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, changes, entity_type, entity_id, actor_id, occurred_at, created_at)
        select @OrganizationId, gen_random_uuid(), m.contact_id, 'deal', 'deal_moved', 'Deal moved to ' || @TargetName || ': ' || m.title,
               jsonb_build_array(jsonb_build_object('field', 'stage', 'old', s.name, 'new', @TargetName)), 'deal', m.id, @ActorId, @Now, @Now
        from moved m
        join stages s on s.organization_id = @OrganizationId and s.id = m.from_stage_id
        """;

    private const string LockSql = """
        select count(*)
        from (
            select id
            from deals
            where organization_id = @OrganizationId
              and stage_id = any(@StageIds)
              and deleted_at is null
            order by id
            for no key update) locked
        """;

    /// <summary>Locks the deals of all stages that deals are about to leave or to enter, in the order in which everybody locks them.</summary>
    public static Task Lock(DbTransaction tx, IEnumerable<Guid> stageIds) => tx.Find<long>(LockSql, new { StageIds = stageIds.ToArray() });

    /// <summary>Moves the deals of the stages to the end of the target's column. They are locked already.</summary>
    public static Task Into(DbTransaction tx, Caller caller, PipelineLock.LockedRow target, IEnumerable<Guid> stageIds) => tx.Execute(Sql, new
    {
        StageIds = stageIds.ToArray(),
        TargetId = target.Id,
        TargetName = target.Name,
        target.PipelineId,
        target.Type,
        ActorId = caller.UserId,
        tx.Now,
    });
}

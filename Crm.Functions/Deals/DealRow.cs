using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>A deal as it is before a change, locked until the transaction ends.</summary>
internal sealed record DealRow
{
    public required Guid Id { get; init; }
    public required string Title { get; init; }
    public required decimal Value { get; init; }
    public required string Currency { get; init; }
    public required Guid ContactId { get; init; }
    public required Guid PipelineId { get; init; }
    public required Guid StageId { get; init; }

    /// <summary>The name of the stage it was in when it was locked.</summary>
    public required string StageName { get; init; }
    public required string Status { get; init; }
    public int? Probability { get; init; }
    public DateOnly? ExpectedCloseDate { get; init; }
    public string? LostReason { get; init; }
    public required Guid OwnerId { get; init; }
    public required string Rank { get; init; }
    public required DateTimeOffset StageEnteredAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public required int Version { get; init; }

    // Not the strongest lock: a task may point to the deal meanwhile.
    private const string LockSql = """
        select id, title, value, currency, contact_id, pipeline_id, stage_id, status, probability, expected_close_date, lost_reason, owner_id, rank,
               stage_entered_at, closed_at, version,
               (select s.name from stages s where s.organization_id = deals.organization_id and s.id = deals.stage_id) as stage_name
        from deals
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        for no key update
        """;

    /// <summary>The deal, locked, or null when the scope does not hold it.</summary>
    public static Task<DealRow?> Lock(DbTransaction tx, Guid id) =>
        tx.Find<DealRow>(LockSql, new { Id = id });

    // All in one statement: two would take the locks of the stages' totals in two orders.
    private const string SaveSql = """
        update deals
        set title = @Title, value = @Value, currency = @Currency, contact_id = @ContactId, pipeline_id = @PipelineId, stage_id = @StageId, rank = @Rank,
            status = @Status, probability = @Probability, expected_close_date = @ExpectedCloseDate, lost_reason = @LostReason, owner_id = @NewOwnerId,
            stage_entered_at = @StageEnteredAt, closed_at = @ClosedAt::timestamptz, last_activity_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    // With the stay in the stage: the open one ends before the next one begins, and no earlier than it began.
    private const string MoveSql = $"""
        with saved as (
            {SaveSql}),
        ended as (
            update deal_stage_history
            set left_at = greatest(entered_at, @Now)
            where organization_id = @OrganizationId
              and deal_id = @Id
              and left_at is null
            returning left_at)
        insert into deal_stage_history (organization_id, id, deal_id, stage_id, actor_id, entered_at)
        select @OrganizationId, @HistoryId, @Id, @StageId, @ActorId, greatest(@Now, max(left_at))
        from ended
        """;

    private const string RerankSql = """
        update deals
        set rank = @Rank
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Saves what became of the deal. Another place in its column alone is no change: the version stays.</summary>
    public Task Save(DbTransaction tx, DealRow before, bool isEdited, Guid actorId)
    {
        if (StageId == before.StageId && !isEdited)
            return Rank == before.Rank ? Task.CompletedTask : tx.Execute(RerankSql, new { Id, Rank });
        return tx.Execute(StageId == before.StageId ? SaveSql : MoveSql, new
        {
            Id,
            Title,
            Value,
            Currency,
            ContactId,
            PipelineId,
            StageId,
            Rank,
            Status,
            Probability,
            ExpectedCloseDate,
            LostReason,
            NewOwnerId = OwnerId,
            StageEnteredAt,
            ClosedAt,
            HistoryId = Guid.CreateVersion7(tx.Now),
            ActorId = actorId,
            tx.Now,
        });
    }
}

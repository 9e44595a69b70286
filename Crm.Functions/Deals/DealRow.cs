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
               stage_entered_at, closed_at, version
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

    private const string RerankSql = """
        update deals
        set rank = @Rank
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Saves the deal. Another place in its column alone is no change: the version stays.</summary>
    public Task Save(DbTransaction tx, bool isChange) => isChange
        ? tx.Execute(SaveSql, new
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
            tx.Now,
        })
        : tx.Execute(RerankSql, new { Id, Rank });
}

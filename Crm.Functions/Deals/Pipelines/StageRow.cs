using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>A stage together with its pipeline, as the database has them.</summary>
internal sealed record StageRow
{
    public required Guid PipelineId { get; init; }
    public required string PipelineName { get; init; }
    public required bool IsDefault { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required int Order { get; init; }
    public required string Type { get; init; }
    public required int Probability { get; init; }

    /// <summary>The organisation's.</summary>
    public required string Currency { get; init; }

    /// <summary>The stages of the organisation's pipelines: the default pipeline first, each in its order.</summary>
    public const string Select = """
        select p.id as pipeline_id, p.name as pipeline_name, p.is_default, p.created_at, p.updated_at,
               s.id, s.name, s.position as "order", s.type, s.probability, o.currency
        from pipelines p
        join organizations o on o.id = p.organization_id
        join stages s on s.organization_id = p.organization_id and s.pipeline_id = p.id and s.deleted_at is null
        where p.organization_id = @OrganizationId
          and p.deleted_at is null
        """;

    public const string InOrder = """
        order by p.is_default desc, p.created_at, p.id, s.position, s.id
        """;

    public const string OneSql = $"""
        {Select}
          and p.id = @PipelineId
        {InOrder}
        """;

    public const string DefaultSql = $"""
        {Select}
          and p.is_default
        {InOrder}
        """;

    private const string ByIdsSql = $"""
        {Select}
          and s.id = any(@StageIds)
        """;

    /// <summary>Stages with their totals, as the transaction sees them and the caller may.</summary>
    public static async Task<IReadOnlyList<Stage>> ReadStages(DbTransaction tx, Guid[] stageIds)
    {
        var totals = await StageTotal.Of(tx, stageIds);
        return [.. (await tx.List<StageRow>(ByIdsSql, new { StageIds = stageIds })).Select(row => row.ToStage(totals))];
    }

    /// <summary>As clients see it; without totals when <paramref name="totals"/> is null.</summary>
    public Stage ToStage(IEnumerable<StageTotal>? totals)
    {
        var own = totals?.Where(total => total.StageId == Id).ToArray();
        return new()
        {
            Id = Id,
            Name = Name,
            Order = Order,
            Type = Type,
            Probability = Probability,
            DealCount = own?.Sum(total => total.Deals),
            TotalValue = own is null ? null : Money.Cents(own.Where(total => total.Currency == Currency).Sum(total => total.Value)),
            ByCurrency = own is null ? null : CurrencyTotal.Of(own, Currency),
        };
    }

    /// <summary>The pipelines these stages are of; without statistics when <paramref name="totals"/> is null.</summary>
    public static IReadOnlyList<Pipeline> ToPipelines(IEnumerable<StageRow> rows, IReadOnlyList<StageTotal>? totals) =>
    [
        .. from row in rows
           group row by row.PipelineId into stages
           let first = stages.First()
           select new Pipeline
           {
               Id = first.PipelineId,
               Name = first.PipelineName,
               IsDefault = first.IsDefault,
               Stages = [.. stages.Select(stage => stage.ToStage(totals))],
               Stats = totals is null ? null : PipelineStats.Of([.. stages], totals, first.Currency),
               CreatedAt = first.CreatedAt,
               UpdatedAt = first.UpdatedAt,
           },
    ];

    /// <summary>One pipeline with its statistics, as the transaction sees it.</summary>
    public static async Task<Pipeline> ReadPipeline(DbTransaction tx, Guid pipelineId)
    {
        var rows = await tx.List<StageRow>(OneSql, new { PipelineId = pipelineId });
        return ToPipelines(rows, await StageTotal.Of(tx, [.. rows.Select(row => row.Id)]))[0];
    }
}

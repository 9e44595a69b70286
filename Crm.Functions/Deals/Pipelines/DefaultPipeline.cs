using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

/// <summary>The pipeline every organisation starts with.</summary>
public static class DefaultPipeline
{
    internal static readonly NewStage[] Stages =
    [
        new("Lead", StageType.Open, 10),
        new("Qualified", StageType.Open, 25),
        new("Proposal", StageType.Open, 50),
        new("Negotiation", StageType.Open, 75),
        new("Won", StageType.Won, 100),
        new("Lost", StageType.Lost, 0),
    ];

    /// <summary>Makes it in the transaction that makes the organisation.</summary>
    public static Task Create(DbTransaction tx) => NewPipeline.Insert(tx, "Sales", true, Stages);

    /// <summary>Makes the demo organisation's, whose ids are known, and a second one.</summary>
    public static async Task CreateDemo(DbTransaction tx)
    {
        await NewPipeline.Insert(tx, "Sales", true, [.. Stages.Select((stage, index) => stage with { Id = Demo.Stage(index + 1) })], Demo.Pipeline);
        await NewPipeline.Insert(
            tx, "Partners", false,
            [new("Contacted", StageType.Open, 20), new("Signed", StageType.Won, 100), new("Declined", StageType.Lost, 0)], Demo.Partners);
    }
}

/// <summary>A stage to be made, with a new id unless it is given.</summary>
internal sealed record NewStage(string Name, string Type, int Probability, Guid? Id = null);

internal static class NewPipeline
{
    private const string PipelineSql = """
        insert into pipelines (organization_id, id, name, is_default, created_at, updated_at)
        values (@OrganizationId, @PipelineId, @Name, @IsDefault, @Now, @Now)
        """;

    private const string StagesSql = """
        insert into stages (organization_id, id, pipeline_id, name, position, type, probability, created_at)
        select @OrganizationId, id, @PipelineId, name, position, type, probability, @Now
        from unnest(@Ids, @Names, @Positions, @Types, @Probabilities) as s (id, name, position, type, probability)
        """;

    public static async Task<Guid> Insert(DbTransaction tx, string name, bool isDefault, IReadOnlyList<NewStage> stages, Guid? given = null)
    {
        var id = given ?? Guid.CreateVersion7(tx.Now);
        await tx.Execute(PipelineSql, new { PipelineId = id, Name = name, IsDefault = isDefault, tx.Now });
        await AddStages(tx, id, [.. stages.Select((stage, index) => (stage, index))]);
        return id;
    }

    public static async Task AddStages(DbTransaction tx, Guid pipelineId, (NewStage Stage, int Position)[] stages)
    {
        if (stages.Length > 0)
            await tx.Execute(StagesSql, new
            {
                PipelineId = pipelineId,
                Ids = stages.Select(stage => stage.Stage.Id ?? Guid.CreateVersion7(tx.Now)).ToArray(),
                Names = stages.Select(stage => stage.Stage.Name).ToArray(),
                Positions = stages.Select(stage => stage.Position).ToArray(),
                Types = stages.Select(stage => stage.Stage.Type).ToArray(),
                Probabilities = stages.Select(stage => stage.Stage.Probability).ToArray(),
                tx.Now,
            });
    }
}

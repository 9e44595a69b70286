using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

public static class UpdatePipeline
{
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Name = "New business" };

        /// <summary>What it is called.</summary>
        [Needed, Text(100)]
        public Optional<string> Name { get; init; }

        /// <summary>true makes it the default pipeline instead of the one that is.</summary>
        public Optional<bool> IsDefault { get; init; }

        /// <summary>All stages in their order: with an id one that stays, without one a new one; those left out go.</summary>
        [Needed]
        public Optional<StageRequest?[]?> Stages { get; init; }

        /// <summary>The stage that the deals of the stages that go move to.</summary>
        public Guid? MoveTo { get; init; }

        /// <summary>The same for one stage at a time: the id of the stage that goes, and the one its deals move to.</summary>
        public IReadOnlyDictionary<Guid, Guid>? MoveToByStage { get; init; }
    }

    private const string PipelineSql = """
        update pipelines
        set name = @Name, is_default = @IsDefault, updated_at = @Now
        where organization_id = @OrganizationId
          and id = @PipelineId
        """;

    private const string StagesSql = """
        update stages s
        set name = n.name, position = n.position, type = n.type, probability = n.probability
        from unnest(@Ids, @Names, @Positions, @Types, @Probabilities) as n (id, name, position, type, probability)
        where s.organization_id = @OrganizationId
          and s.id = n.id
        """;

    private const string RemoveSql = """
        update stages
        set deleted_at = @Now
        where organization_id = @OrganizationId
          and id = any(@StageIds)
        """;

    /// <summary>Changes a pipeline's name, or its stages as a whole.</summary>
    /// <remarks>
    /// A stage that has deals goes only with <c>moveTo</c>, a stage that stays and takes them (409 STAGE_HAS_DEALS), and keeps its type.
    /// There is always exactly one default pipeline: make another one the default instead of setting <c>isDefault</c> to false.
    /// </remarks>
    [Function("UpdatePipeline"), Tags("Pipelines"), Allow(Permission.EditPipelines)]
    public static Task<Reply<Pipeline>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "pipelines/{id:guid}")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Pipeline>>(caller.Scope, async tx =>
        {
            var pipelines = await PipelineLock.Pipelines(tx);
            if (pipelines.Find(pipeline => pipeline.Id == id) is not { } before)
                return Errors.PipelineNotFound;
            if (before.IsDefault && request.IsDefault is { IsSet: true, Value: false })
                return Error.Invalid("isDefault", "There must be a default pipeline: make another one the default instead.");
            if (request.Stages.IsSet && await SaveStages(tx, caller, id, request) is { } fault)
            {
                tx.Abandon();
                return fault;
            }

            var isDefault = request.IsDefault.Or(before.IsDefault);
            if (isDefault && !before.IsDefault)
                await PipelineLock.ClearDefault(tx);
            await tx.Execute(PipelineSql, new { PipelineId = id, Name = request.Name.Or(before.Name).Trim(), IsDefault = isDefault, tx.Now });
            await tx.Audit(caller.UserId, "pipeline.updated", "pipeline", id);
            return await StageRow.ReadPipeline(tx, id);
        }, ct);

    private static async Task<Error?> SaveStages(DbTransaction tx, Caller caller, Guid pipelineId, Request request)
    {
        StageRequest[] given = [.. request.Stages.Value!.Select(stage => stage ?? new(null, null, null, null))];
        var current = (await PipelineLock.Stages(tx, pipelineId)).ToDictionary(stage => stage.Id);
        var kept = given.Select(stage => stage.Id).OfType<Guid>().ToArray();
        if (kept.Any(id => !current.ContainsKey(id)))
            return Errors.StageNotFound;
        if (kept.Distinct().Count() < kept.Length)
            return Error.Invalid("stages", "A stage may stand in stages only once.");
        var stages = given.Select(stage => stage.Over(stage.Id is { } id ? Of(current[id]) : null)).ToArray();
        if (StageRequest.Fault(stages) is { } fault)
            return fault;

        var occupied = await PipelineLock.Occupied(tx, current.Keys);
        if (given.Zip(stages).Any(pair => pair.First.Id is { } id && current[id].Type != pair.Second.Type && occupied.Contains(id)))
            return Errors.StageHasDeals with { Message = "The type of a stage that has deals cannot change: add another stage and move them there." };
        var removed = current.Keys.Except(kept).ToArray();
        if (await Empty(tx, caller, request, current, kept, [.. removed.Intersect(occupied)]) is { } refusal)
            return refusal;

        await tx.Execute(RemoveSql, new { StageIds = removed, tx.Now });
        var numbered = given.Zip(stages).Index().ToArray();
        var staying = numbered.Where(stage => stage.Item.First.Id is not null).ToArray();
        await tx.Execute(StagesSql, new
        {
            Ids = staying.Select(stage => stage.Item.First.Id!.Value).ToArray(),
            Names = staying.Select(stage => stage.Item.Second.Name).ToArray(),
            Positions = staying.Select(stage => stage.Index).ToArray(),
            Types = staying.Select(stage => stage.Item.Second.Type).ToArray(),
            Probabilities = staying.Select(stage => stage.Item.Second.Probability).ToArray(),
        });
        await NewPipeline.AddStages(
            tx, pipelineId, [.. numbered.Where(stage => stage.Item.First.Id is null).Select(stage => (stage.Item.Second, stage.Index))]);
        return null;
    }

    /// <summary>Moves the deals of the stages that go; refuses when it is not said where to.</summary>
    private static async Task<Error?> Empty(
        DbTransaction tx, Caller caller, Request request, Dictionary<Guid, PipelineLock.LockedRow> current, Guid[] kept, Guid[] leaving)
    {
        var moves = leaving.GroupBy(stage => request.MoveToByStage?.TryGetValue(stage, out var target) == true ? target : request.MoveTo).ToArray();
        foreach (var targetId in moves.Select(move => move.Key))
        {
            if (targetId is null)
                return Errors.StageHasDeals with { Facts = new(StringComparer.Ordinal) { ["stageIds"] = leaving } };
            if (!kept.Contains(targetId.Value))
                return Error.Invalid("moveTo", "moveTo must be a stage of this pipeline that stays.");
        }

        if (moves.Length > 0)
            await EmptyStages.Lock(tx, [.. leaving, .. moves.Select(move => move.Key!.Value)]);
        foreach (var move in moves)
            await EmptyStages.Into(tx, caller, current[move.Key!.Value], move);
        return null;
    }

    private static NewStage Of(PipelineLock.LockedRow stage) => new(stage.Name, stage.Type, stage.Probability);
}

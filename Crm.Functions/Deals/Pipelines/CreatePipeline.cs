using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals.Pipelines;

public static class CreatePipeline
{
    /// <param name="Name">What it is called.</param>
    /// <param name="IsDefault">Whether new deals and the board start here from now on.</param>
    /// <param name="Stages">Its stages in order, at least one of each type; those of the organisation's first pipeline unless given.</param>
    [ValidatableType]
    public sealed record Request([Needed, Text(100)] string Name, bool IsDefault, StageRequest?[]? Stages)
    {
        public static Request Example => new("Partners", false,
        [
            new(null, "Contacted", StageType.Open, 10), new(null, "Agreed", StageType.Open, 60),
            new(null, "Signed", StageType.Won, null), new(null, "Declined", StageType.Lost, null),
        ]);
    }

    /// <summary>Creates a pipeline.</summary>
    [Function("CreatePipeline"), Tags("Pipelines"), Allow(Permission.EditPipelines)]
    public static Task<Created<Pipeline>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "pipelines")] Request request, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<Pipeline>>(caller.Scope, async tx =>
        {
            NewStage[] stages = request.Stages is null
                ? DefaultPipeline.Stages
                : [.. request.Stages.Select(stage => (stage ?? new(null, null, null, null)).Over(null))];
            if (StageRequest.Fault(stages) is { } fault)
                return fault;
            await PipelineLock.Pipelines(tx);
            if (request.IsDefault)
                await PipelineLock.ClearDefault(tx);
            var id = await NewPipeline.Insert(tx, request.Name.Trim(), request.IsDefault, stages);
            await tx.Audit(caller.UserId, "pipeline.created", "pipeline", id);
            return await StageRow.ReadPipeline(tx, id);
        }, ct);
}

using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>Both routes that move a deal: by its own id, and the drag and drop of a pipeline.</summary>
public static class MoveDeal
{
    /// <param name="StageId">The stage to move to. Aliases: toStageId, newStageId.</param>
    /// <param name="PipelineId">The stage's pipeline, when it is another than the deal's.</param>
    /// <param name="Position">The place in the column among the deals one sees, 0 being its top, which is where a deal goes by default.</param>
    /// <param name="ExpectedStageId">The stage the deal is believed to be in: if it is not, nothing happens but 409 DEAL_MOVED with currentStageId.</param>
    /// <param name="LostReason">Why it was lost; required for a lost stage when the organisation's setting lostReasonRequired says so.</param>
    /// <param name="Note">What to say about it on the timeline.</param>
    /// <param name="ToStageId">As stageId.</param>
    /// <param name="NewStageId">As stageId.</param>
    [ValidatableType]
    public sealed record Request(
        Guid? StageId,
        Guid? PipelineId,
        [Between(0, 1_000_000)] int? Position,
        Guid? ExpectedStageId,
        [Text(500)] string? LostReason,
        [Text(10_000)] string? Note,
        Guid? ToStageId,
        Guid? NewStageId) : IValidatableObject
    {
        public static Request Example => new(Demo.Stage(3), null, 0, null, null, "They want the contract this week.", null, null);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Target is null)
                yield return new("stageId is required.", [nameof(StageId)]);
        }

        [JsonIgnore]
        internal Guid? Target => StageId ?? ToStageId ?? NewStageId;
    }

    /// <summary>As <see cref="Request"/>, naming the deal.</summary>
    /// <param name="DealId">The deal. May be left out when the path holds its id instead of the pipeline's.</param>
    /// <param name="StageId">The stage to move to. Aliases: toStageId, newStageId.</param>
    /// <param name="Position">The place in the column among the deals one sees, 0 being its top, which is where a deal goes by default.</param>
    /// <param name="ExpectedStageId">The stage the deal is believed to be in: if it is not, nothing happens but 409 DEAL_MOVED with currentStageId.</param>
    /// <param name="LostReason">Why it was lost; required for a lost stage when the organisation's setting lostReasonRequired says so.</param>
    /// <param name="Note">What to say about it on the timeline.</param>
    /// <param name="ToStageId">As stageId.</param>
    /// <param name="NewStageId">As stageId.</param>
    [ValidatableType]
    public sealed record InPipelineRequest(
        Guid? DealId,
        Guid? StageId,
        [Between(0, 1_000_000)] int? Position,
        Guid? ExpectedStageId,
        [Text(500)] string? LostReason,
        [Text(10_000)] string? Note,
        Guid? ToStageId,
        Guid? NewStageId) : IValidatableObject
    {
        public static InPipelineRequest Example => new(Demo.Deal(2), Demo.Stage(2), 0, null, null, null, null, null);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Target is null)
                yield return new("stageId is required.", [nameof(StageId)]);
        }

        [JsonIgnore]
        internal Guid? Target => StageId ?? ToStageId ?? NewStageId;
    }

    public sealed record Response(DealDetail Deal, Stage FromStage, Stage ToStage);

    private const string PipelineExistsSql = """
        select true
        from pipelines
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
        """;

    /// <summary>Moves a deal to a stage, or to another place in its column.</summary>
    /// <remarks>A won or lost stage closes the deal, an open one opens it again. The reply has the deal and both stages as they are afterwards.</remarks>
    [Function("MoveDeal"), Tags("Deals"), Allow(Permission.WriteDeals)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "deals/{id:guid}/move")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction(caller.Scope, async tx => await Run(
            tx, caller, id, await LockedStage.Find(tx, request.Target!.Value, request.PipelineId),
            new(request.PipelineId, request.Position, request.ExpectedStageId, request.LostReason, request.Note)), ct);

    /// <summary>Moves a deal to a stage of this pipeline: drag and drop on the board.</summary>
    /// <remarks>
    /// <c>id</c> is the pipeline, <c>dealId</c> and <c>stageId</c> stand in the body; with the deal's id as <c>id</c>, <c>dealId</c> may be left out.
    /// The reply has the deal and both stages as they are afterwards. To add or remove stages, PATCH the pipeline.
    /// </remarks>
    /// <param name="id">The pipeline, or the deal.</param>
    [Function("MoveDealInPipeline"), Tags("Pipelines"), Allow(Permission.WriteDeals)]
    public static Task<Reply<Response>> InPipeline(
        [HttpTrigger(Anonymous, "post", Route = "pipelines/{id:guid}/stages")] InPipelineRequest request,
        Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var stage = await LockedStage.Find(tx, request.Target!.Value, id);
            var isPipeline = stage?.PipelineExists ?? await tx.Find<bool>(PipelineExistsSql, new { Id = id });
            if (isPipeline && request.DealId is null)
                return Error.Invalid("dealId", "dealId is required.");
            if (!isPipeline && request.DealId is { } named && named != id)
                return Errors.PipelineNotFound;
            return await Run(
                tx, caller, request.DealId ?? id, stage,
                new(isPipeline ? id : null, request.Position, request.ExpectedStageId, request.LostReason, request.Note));
        }, ct);

    private static async Task<Reply<Response>> Run(DbTransaction tx, Caller caller, Guid dealId, LockedStage? stage, Destination move)
    {
        var (fromStageId, fault) = await Placement.Run(tx, caller, dealId, stage, move);
        if (fault is not null)
            return fault;
        var stages = await StageRow.ReadStages(tx, [fromStageId, stage!.Id]);
        return new Response(await DealDetail.Read(tx, dealId), stages.First(shown => shown.Id == fromStageId), stages.First(shown => shown.Id == stage.Id));
    }
}

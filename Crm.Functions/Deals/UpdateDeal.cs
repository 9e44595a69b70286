using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class UpdateDeal
{
    /// <summary>Any of the fields of a new deal: an absent one stays as it is, null clears it. A stage or position moves the deal.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Title = "45 standing desks", Value = 17_955.00m, Probability = 80 };

        /// <summary>What it is about.</summary>
        [Needed, Text(200)]
        public Optional<string> Title { get; init; }

        /// <summary>Whom it is with; one the caller may see.</summary>
        [Needed]
        public Optional<Guid?> ContactId { get; init; }

        /// <summary>With items it is their sum, and cannot be another.</summary>
        [Needed, Between(0, DealFields.MostMoney)]
        public Optional<decimal?> Value { get; init; }

        /// <summary>USD, EUR, GBP, CAD or AUD.</summary>
        [Needed, Currency]
        public Optional<string> Currency { get; init; }

        /// <summary>When it will probably be won.</summary>
        [Date]
        public Optional<ClientTime?> ExpectedCloseDate { get; init; }

        /// <summary>In percent; null for its stage's.</summary>
        [Between(0, 100)]
        public Optional<int?> Probability { get; init; }

        /// <summary>The user the deal belongs to; staff may not hand deals over.</summary>
        [Needed]
        public Optional<Guid?> OwnerId { get; init; }

        /// <summary>Why it was lost.</summary>
        [Text(500)]
        public Optional<string?> LostReason { get; init; }

        /// <summary>What is sold, in place of all there is.</summary>
        public Optional<DealItems.Request?[]?> Items { get; init; }

        /// <summary>The stage to move to.</summary>
        [Needed]
        public Optional<Guid?> StageId { get; init; }

        /// <summary>The stage's pipeline, when it is another than the deal's.</summary>
        [Needed]
        public Optional<Guid?> PipelineId { get; init; }

        /// <summary>The place in the column among the deals one sees, 0 being its top.</summary>
        [Needed, Between(0, 1_000_000)]
        public Optional<int?> Position { get; init; }

        /// <summary>The stage the deal is believed to be in: if it is not, nothing happens but 409 DEAL_MOVED with currentStageId.</summary>
        public Guid? ExpectedStageId { get; init; }

        /// <summary>What to say about the move on the timeline.</summary>
        [Text(10_000)]
        public string? Note { get; init; }
    }

    private sealed record Stay(Guid StageId, Guid PipelineId);

    private const string StageSql = """
        select stage_id, pipeline_id
        from deals
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>Changes a deal.</summary>
    /// <remarks>
    /// The contact's timeline shows each field's old and new value; a request that changes nothing leaves no trace. <c>items</c> replaces
    /// all items. With <c>If-Match</c> the change happens only to that version, else 409 VERSION_CONFLICT. <c>stageId</c>, <c>position</c>
    /// and <c>expectedStageId</c> move the deal as <c>POST /deals/{id}/move</c> does.
    /// </remarks>
    [Function("UpdateDeal"), Tags("Deals"), Allow(Permission.WriteDeals)]
    public static Task<Reply<DealDetail>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "deals/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<DealDetail>>(caller.Scope, async tx =>
        {
            var stage = await Stage(tx, id, request);
            if (await DealRow.Lock(tx, id) is not { } before)
                return await Access.Refusal(tx, Owned.Deal, id, Errors.DealNotFound);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;
            if (stage is null && (request.StageId.IsSet || request.PipelineId.IsSet))
                return request.StageId.IsSet ? Errors.StageNotFound : Errors.PipelineNotFound;
            if (request.ExpectedStageId is { } expected && expected != before.StageId)
                return Placement.Elsewhere(before);

            var lines = await DealItems.Of(tx, id);
            var (edit, fault) = await DealEdit.Of(tx, caller, before, lines, request);
            if (edit is null)
                return fault!;
            var after = edit.After;
            if (stage is not null)
                (after, fault) = await Place(tx, edit.After, stage, request);
            if (fault is not null)
                return fault;

            await Save(tx, caller, before, after, edit);
            if (stage is not null)
                await Placement.Record(tx, caller, edit.After, after, stage.Name, request.Note);
            var deal = await DealDetail.Read(tx, id);
            return Reply<DealDetail>.Live(deal, deal.Version);
        }, ct);

    // The stage comes before the deal, as the order of locks wants it. A pipeline alone means its first open stage, a position the stage the deal is in.
    private static async Task<LockedStage?> Stage(DbTransaction tx, Guid id, Request request)
    {
        if (request.StageId.IsSet)
            return await LockedStage.Find(tx, request.StageId.Value!.Value, request.PipelineId.Value);
        if (!request.PipelineId.IsSet && !request.Position.IsSet)
            return null;
        var (stageId, pipelineId) = await tx.Find<Stay>(StageSql, new { Id = id }) ?? new(default, default);
        return request.PipelineId.IsSet && request.PipelineId.Value != pipelineId
            ? await LockedStage.FirstOpen(tx, request.PipelineId.Value)
            : await LockedStage.Find(tx, stageId, null);
    }

    private static Task<(DealRow After, Error? Fault)> Place(DbTransaction tx, DealRow deal, LockedStage stage, Request request)
    {
        // Without another stage or pipeline the deal is expected to be in its column still.
        var goesElsewhere = request.StageId.IsSet || request.PipelineId.IsSet && request.PipelineId.Value != deal.PipelineId;
        return Placement.Place(
            tx, deal, stage, new(request.PipelineId.Value, request.Position.Value, goesElsewhere ? null : stage.Id, request.LostReason.Value));
    }

    private static async Task Save(DbTransaction tx, Caller caller, DealRow before, DealRow after, DealEdit edit)
    {
        var changes = edit.Changes;
        await after.Save(tx, before, isEdited: changes.Length > 0, caller.UserId);
        if (edit.Lines is not null && changes.Length > 0)
            await DealItems.Save(tx, after.Id, edit.Lines);
        if (changes.Length > 0)
            await DealJournal.Record(
                tx, caller, after.Id, after.ContactId, "updated", $"Deal updated: {after.Title}",
                null, changes, new { fields = changes.Select(change => change.Field) });
    }
}

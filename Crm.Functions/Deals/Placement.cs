using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>Where a deal shall go.</summary>
/// <param name="PipelineId">The pipeline the stage must be of; the deal's own by default.</param>
/// <param name="Position">The place in the column, 0 being its top.</param>
/// <param name="ExpectedStageId">The stage the client believes the deal is in.</param>
/// <param name="LostReason">Why it was lost.</param>
/// <param name="Note">What to say on the timeline.</param>
internal sealed record Destination(Guid? PipelineId = null, int? Position = null, Guid? ExpectedStageId = null, string? LostReason = null, string? Note = null);

/// <summary>
/// The one way deals change their place. Everybody who writes deals takes locks in the same order, so that none waits for one that
/// waits for it: the stage to enter, the deal, the stages' totals (all in one statement, in the order of their key), the contact.
/// </summary>
internal static class Placement
{
    /// <summary>Moves a deal to a stage that is locked already; returns the stage it was in, or why it does not move.</summary>
    public static async Task<(Guid FromStageId, Error? Fault)> Run(DbTransaction tx, Caller caller, Guid dealId, LockedStage? stage, Destination move)
    {
        if (await DealRow.Lock(tx, dealId) is not { } before)
            return (default, await Access.Refusal(tx, Owned.Deal, dealId, Errors.DealNotFound));
        if (stage is null)
            return (default, Errors.StageNotFound);
        var (after, fault) = await Place(tx, before, stage, move);
        if (fault is null && after != before)
        {
            await after.Save(tx, before, isEdited: false, caller.UserId);
            await Record(tx, caller, before, after, stage.Name, move.Note);
        }

        return (before.StageId, fault);
    }

    /// <summary>The refusal when the deal is not where the client believes it to be.</summary>
    public static Error Elsewhere(DealRow deal) => Errors.DealMoved with { Facts = new(StringComparer.Ordinal) { ["currentStageId"] = deal.StageId } };

    /// <summary>The deal as the move leaves it, not saved yet, or why it may not move. The stage and the deal are locked, in this order.</summary>
    public static async Task<(DealRow After, Error? Fault)> Place(DbTransaction tx, DealRow deal, LockedStage stage, Destination move)
    {
        if (move.ExpectedStageId is { } expected && expected != deal.StageId)
            return (deal, Elsewhere(deal));
        if (stage.Mismatch(move.PipelineId ?? deal.PipelineId) is { } mismatch)
            return (deal, mismatch);
        var lostReason = stage.Type == StageType.Lost ? Fields.Text(move.LostReason) ?? deal.LostReason : null;
        if (stage.Type == StageType.Lost && stage.LostReasonRequired && lostReason is null)
            return (deal, LockedStage.ReasonMissing);

        if (stage.Id == deal.StageId)
            return (move.Position is null ? deal : deal with { Rank = await ColumnOrder.Place(tx, stage.Id, deal.Id, move.Position) }, null);
        var now = tx.Now;
        return (deal with
        {
            PipelineId = stage.PipelineId,
            StageId = stage.Id,
            Rank = await ColumnOrder.Place(tx, stage.Id, deal.Id, move.Position),
            Status = stage.Type,
            ClosedAt = stage.Type == StageType.Open ? null : stage.Type == deal.Status ? deal.ClosedAt : now,
            LostReason = lostReason,
            StageEnteredAt = now,
        }, null);
    }

    /// <summary>Writes a saved move down: the stay in the stage, the timeline, the audit trail. Another place in the same column leaves no trace.</summary>
    public static async Task Record(DbTransaction tx, Caller caller, DealRow before, DealRow after, string stage, string? note)
    {
        if (after.StageId == before.StageId)
            return;
        var verb = after.Status == before.Status || after.Status == StageType.Open ? "moved" : after.Status;
        var title = verb switch
        {
            StageType.Won => $"Deal won: {after.Title}",
            StageType.Lost => $"Deal lost: {after.Title}",
            _ => $"Deal moved to {stage}: {after.Title}",
        };
        Change[] changes =
        [
            new("stage", before.StageName, stage),
            .. after.Status == before.Status ? Array.Empty<Change>() : [new("status", before.Status, after.Status)],
            .. after.LostReason == before.LostReason ? Array.Empty<Change>() : [new("lostReason", before.LostReason, after.LostReason)],
        ];
        await DealJournal.Record(
            tx, caller, after.Id, after.ContactId, verb, title, Fields.Text(note) ?? (verb == StageType.Lost ? after.LostReason : null), changes,
            new { fromStageId = before.StageId, toStageId = after.StageId });
    }
}

using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class CreateDeal
{
    /// <param name="Title">What it is about.</param>
    /// <param name="ContactId">Whom it is with; one the caller may see.</param>
    /// <param name="Value">0 by default; with items it is their sum.</param>
    /// <param name="Currency">USD, EUR, GBP, CAD or AUD; the organisation's by default.</param>
    /// <param name="PipelineId">The default pipeline unless given.</param>
    /// <param name="StageId">The pipeline's first open stage unless given.</param>
    /// <param name="ExpectedCloseDate">When it will probably be won.</param>
    /// <param name="Probability">In percent; its stage's unless given.</param>
    /// <param name="OwnerId">The user the deal belongs to; the caller by default, and always for staff.</param>
    /// <param name="LostReason">Why it was lost, for a deal that starts in a lost stage.</param>
    /// <param name="Items">What is sold.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(200)] string Title,
        [Needed] Guid? ContactId,
        [Between(0, DealFields.MostMoney)] decimal? Value,
        [Currency] string? Currency,
        Guid? PipelineId,
        Guid? StageId,
        [Date] ClientTime? ExpectedCloseDate,
        [Between(0, 100)] int? Probability,
        Guid? OwnerId,
        [Text(500)] string? LostReason,
        DealItems.Request?[]? Items)
    {
        public static Request Example => new(
            "40 standing desks", Demo.Contact(4), null, "USD", null, Demo.Stage(2), ClientTime.Parse("2030-12-31", null), 60, null, null,
            [new(Demo.Product(1), null, 40, null, 10), new(null, "Delivery", null, 250.00m, null)]);
    }

    // The deal with its first stay and its items.
    private const string InsertSql = $"""
        with deal as (
            insert into deals (organization_id, id, title, value, currency, contact_id, pipeline_id, stage_id, rank, status, probability, expected_close_date,
                               lost_reason, owner_id, stage_entered_at, last_activity_at, closed_at, created_at, updated_at)
            values (@OrganizationId, @Id, @Title, @Value, @Currency, @ContactId, @PipelineId, @StageId, @Rank, @Status, @Probability, @ExpectedCloseDate,
                    @LostReason, @NewOwnerId, @Now, @Now, @ClosedAt::timestamptz, @Now, @Now)
            returning organization_id, id, stage_id),
        items as (
            {DealItems.InsertSql})
        insert into deal_stage_history (organization_id, id, deal_id, stage_id, actor_id, entered_at)
        select organization_id, @HistoryId, id, stage_id, @ActorId, @Now
        from deal
        """;

    /// <summary>Creates a deal with a contact, at the top of its stage.</summary>
    [Function("CreateDeal"), Tags("Deals"), Allow(Permission.WriteDeals)]
    public static Task<Created<DealDetail>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "deals")] Request request, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Created<DealDetail>>(caller.Scope, async tx =>
        {
            // The stage comes before the contact, as the order of locks wants it.
            var (stage, stageFault) = await Stage(tx, request);
            var ownerId = request.OwnerId ?? caller.UserId;
            var parties = await DealParties.Find(tx, ownerId, request.ContactId!.Value);
            if ((parties.OwnerFault(caller, ownerId) ?? parties.ContactFault) is { } partyFault)
                return partyFault;

            var id = Guid.CreateVersion7(tx.Now);
            var currency = request.Currency?.ToUpperInvariant() ?? parties.Currency;
            var (lines, itemFault) = await DealItems.Complete(tx, id, currency, request.Items ?? []);
            if (itemFault is not null)
                return itemFault;
            var value = lines.Count > 0 ? lines.Sum(line => line.Amount) : Money.Cents(request.Value ?? 0);
            if (request.Value is { } given && Money.Cents(given) != value)
                return DealItems.OtherValue(value);
            if (stageFault is not null)
                return stageFault;

            var items = new DealItems.Columns(tx, lines);
            await tx.Execute(InsertSql, new
            {
                Id = id,
                DealId = id,
                Title = request.Title.Trim(),
                Value = value,
                Currency = currency,
                parties.ContactId,
                stage!.PipelineId,
                StageId = stage.Id,
                Rank = await ColumnOrder.Place(tx, stage.Id, id, null),
                Status = stage.Type,
                request.Probability,
                ExpectedCloseDate = request.ExpectedCloseDate?.DateIn(caller.Zone),
                LostReason = stage.Type == StageType.Lost ? Fields.Text(request.LostReason) : null,
                NewOwnerId = ownerId,
                ClosedAt = stage.Type == StageType.Open ? (DateTimeOffset?)null : tx.Now,
                HistoryId = Guid.CreateVersion7(tx.Now),
                ActorId = caller.UserId,
                items.ItemIds,
                items.ProductIds,
                items.Names,
                items.Quantities,
                items.UnitPrices,
                items.Discounts,
                items.Amounts,
                tx.Now,
            });
            await DealJournal.Record(tx, caller, id, parties.ContactId!.Value, "created", $"Deal created: {request.Title.Trim()}");
            return await DealDetail.Read(tx, id);
        }, ct);

    private static async Task<(LockedStage? Stage, Error? Fault)> Stage(DbTransaction tx, Request request)
    {
        if (request.StageId is not { } stageId)
            return await LockedStage.FirstOpen(tx, request.PipelineId) is { } first ? (first, null) : (null, Errors.PipelineNotFound);
        if (await LockedStage.Find(tx, stageId, request.PipelineId) is not { } stage)
            return (null, Errors.StageNotFound);
        if (request.PipelineId is { } pipelineId && stage.Mismatch(pipelineId) is { } mismatch)
            return (null, mismatch);
        return stage.Type == StageType.Lost && stage.LostReasonRequired && Fields.Text(request.LostReason) is null
            ? (null, LockedStage.ReasonMissing)
            : (stage, null);
    }
}

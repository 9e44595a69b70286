using Crm.Functions.Auth;
using Crm.Functions.Deals.Pipelines;
using Crm.Functions.Timeline;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>A deal's fields and items as a request wants them, where it stands still.</summary>
/// <param name="After">The deal with its new fields, in its old place.</param>
/// <param name="Lines">Its new items; null when it keeps those it has.</param>
/// <param name="Changes">What of it the timeline shows.</param>
internal sealed record DealEdit(DealRow After, IReadOnlyList<DealItems.Line>? Lines, Change[] Changes)
{
    /// <summary>What a change can touch and the timeline shows.</summary>
    private sealed record Shown(
        string Title, decimal Value, string Currency, Guid ContactId, DateOnly? ExpectedCloseDate,
        int? Probability, Guid OwnerId, string? LostReason, string[] Items)
    {
        public static Shown Of(DealRow deal, IReadOnlyList<DealItems.Line> lines) => new(
            deal.Title, deal.Value, deal.Currency, deal.ContactId, deal.ExpectedCloseDate, deal.Probability, deal.OwnerId, deal.LostReason,
            [.. lines.Select(line => line.ToString())]);
    }

    private const string LostReasonRequiredSql = """
        select lost_reason_required
        from organizations
        where id = @OrganizationId
        """;

    /// <summary>What a request makes of a locked deal, or why it cannot be.</summary>
    public static async Task<(DealEdit? Edit, Error? Fault)> Of(
        DbTransaction tx, Caller caller, DealRow deal, IReadOnlyList<DealItems.Line> lines, UpdateDeal.Request request)
    {
        var (ownerId, contactId) = (request.OwnerId.Or(deal.OwnerId)!.Value, request.ContactId.Or(deal.ContactId)!.Value);
        if (ownerId != deal.OwnerId || contactId != deal.ContactId)
        {
            var parties = await DealParties.Find(tx, ownerId, contactId);
            if (ownerId != deal.OwnerId && parties.OwnerFault(caller, ownerId) is { } ownerFault)
                return (null, ownerFault);
            if (contactId != deal.ContactId && parties.ContactFault is { } contactFault)
                return (null, contactFault);
            contactId = parties.ContactId ?? contactId;
        }

        var currency = request.Currency.Or(deal.Currency).ToUpperInvariant();
        var edited = lines;
        if (request.Items.IsSet)
        {
            (edited, var itemFault) = await DealItems.Complete(tx, deal.Id, currency, request.Items.Value ?? []);
            if (itemFault is not null)
                return (null, itemFault);
        }

        var value = Money.Cents(edited.Count > 0 ? edited.Sum(line => line.Amount) : request.Value.Or(deal.Value)!.Value);
        if (request.Value.IsSet && Money.Cents(request.Value.Value!.Value) != value)
            return (null, DealItems.OtherValue(value));
        // The reason of a deal that is on its way to another stage is the move's.
        var lostReason = request.LostReason.IsSet && !request.StageId.IsSet ? Fields.Text(request.LostReason.Value) : deal.LostReason;
        if (lostReason != deal.LostReason && await LostReasonFault(tx, deal, lostReason) is { } reasonFault)
            return (null, reasonFault);

        var after = deal with
        {
            Title = request.Title.Or(deal.Title).Trim(),
            Value = value,
            Currency = currency,
            ContactId = contactId,
            ExpectedCloseDate = request.ExpectedCloseDate.IsSet ? request.ExpectedCloseDate.Value?.DateIn(caller.Zone) : deal.ExpectedCloseDate,
            Probability = request.Probability.Or(deal.Probability),
            OwnerId = ownerId,
            LostReason = lostReason,
        };
        return (new(after, edited == lines ? null : edited, Change.Between(Shown.Of(deal, lines), Shown.Of(after, edited))), null);
    }

    private static async Task<Error?> LostReasonFault(DbTransaction tx, DealRow deal, string? lostReason)
    {
        if (deal.Status != StageType.Lost)
            return Error.Invalid("lostReason", "Only a lost deal has a lostReason: give it together with the stageId of a lost stage.");
        return lostReason is null && await tx.Find<bool>(LostReasonRequiredSql, null) ? LockedStage.ReasonMissing : null;
    }
}

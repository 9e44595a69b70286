using Crm.Shared.Database;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// Quiet hours are kept when a campaign is set going (<see cref="SendingTimes"/>), and again when a recipient's turn comes: it may have taken until they began,
/// for its rate, a vendor that was down, or a test whose winner was waited for.
/// </summary>
internal static class Quiet
{
    private const string CampaignSql = """
        update campaigns
        set next_claim_at = greatest(next_claim_at, @Until)
        where organization_id = @OrganizationId
          and id = @CampaignId
        """;

    private const string RecipientsSql = """
        update deliveries d
        set not_before = w.time
        from unnest(@Ids, @Times) as w (id, time)
        where d.organization_id = @OrganizationId
          and d.id = w.id
        """;

    /// <summary>Whether it is quiet for all recipients: then nobody claims until it is over.</summary>
    public static async Task<bool> Rules(DbTransaction tx, CampaignAtWork campaign)
    {
        if (campaign.HasOwnHours || campaign.QuietUntil(tx.Now) is not { } until)
            return false;
        await tx.Execute(CampaignSql, new { CampaignId = campaign.Id, Until = until });
        return true;
    }

    /// <summary>Those of locked recipients where it is not quiet; the others wait until it is over where they are.</summary>
    public static async Task<IReadOnlyList<DueRecipient>> Awake(DbTransaction tx, CampaignAtWork campaign, IReadOnlyList<DueRecipient> recipients)
    {
        if (!campaign.HasOwnHours)
            return recipients;
        var until = recipients.Select(recipient => recipient.Zone).Distinct().Select(zone => (Zone: zone, Time: campaign.QuietUntil(tx.Now, zone)))
            .Where(quiet => quiet.Time is not null).ToDictionary(quiet => quiet.Zone ?? "", quiet => quiet.Time!.Value.UtcDateTime, StringComparer.Ordinal);
        if (until.Count == 0)
            return recipients;
        var waiting = recipients.ToLookup(recipient => until.ContainsKey(recipient.Zone ?? ""));
        await tx.Execute(RecipientsSql, new
        {
            Ids = waiting[true].Select(recipient => recipient.Id).ToArray(),
            Times = waiting[true].Select(recipient => until[recipient.Zone ?? ""]).ToArray(),
        });
        return [.. waiting[false]];
    }
}

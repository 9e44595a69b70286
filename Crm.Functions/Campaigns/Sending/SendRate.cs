using Crm.Shared.Database;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>
/// A rate is kept by claiming a part at a time: as many as are due in ten seconds, and then nobody claims for as long. That all of an organisation's campaigns
/// together keep theirs, the calls of the last minute tell.
/// </summary>
internal static class SendRate
{
    private const int PartsPerMinute = 6;

    // Whoever claims for the organisation waits for the others who do.
    private const string LockSql = """
        select id
        from organizations
        where id = @OrganizationId
        for no key update
        """;

    private const string UsedSql = """
        select coalesce(sum(recipients), 0)
        from provider_calls
        where organization_id = @OrganizationId
          and campaign_id is not null
          and claimed_at > @MinuteAgo
        """;

    // Two who claim at once find one of them too early.
    private const string PaceSql = """
        update campaigns
        set next_claim_at = @Next
        where organization_id = @OrganizationId
          and id = @CampaignId
          and status = 'sending'
          and run = @Run
          and (next_claim_at is null or next_claim_at <= @Now)
        """;

    /// <summary>How many may be claimed now: <paramref name="most"/>, or fewer; and when the next may be, where a rate says so.</summary>
    public static async Task<(int Most, DateTimeOffset? Next)> Allow(DbTransaction tx, CampaignAtWork campaign, int most)
    {
        if (campaign.Rate is not { } rate)
            return (most, null);
        var part = Math.Min(most, (rate + PartsPerMinute - 1) / PartsPerMinute);
        if (campaign.SendRatePerMinute is { } all)
        {
            await tx.Find<Guid>(LockSql, null);
            part = (int)Math.Clamp(all - await tx.Find<long>(UsedSql, new { MinuteAgo = tx.Now.AddMinutes(-1) }), 0, part);
        }

        var next = tx.Now + (part == 0 ? TimeSpan.FromSeconds(60d / PartsPerMinute) : TimeSpan.FromMinutes((double)part / rate));
        var isFirst = await tx.Execute(PaceSql, new { CampaignId = campaign.Id, campaign.Run, Next = next, tx.Now }) == 1;
        return isFirst ? (part, next) : (0, null);
    }
}

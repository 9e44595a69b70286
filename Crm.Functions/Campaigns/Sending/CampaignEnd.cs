using Crm.Functions.Audit;
using Crm.Functions.Notifications;
using Crm.Functions.Sending;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns.Sending;

/// <summary>A campaign ends by itself when nobody is left, and pauses by itself when too much fails.</summary>
internal static class CampaignEnd
{
    /// <summary>Fewer say nothing.</summary>
    private const int LeastJudged = 100;
    private const int LatestCalls = 500;

    /// <summary>Per hundred of those judged.</summary>
    private const int MostFailing = 10;

    private sealed record Ended(Guid CreatorId, string Name);

    private sealed record Judged(long Recipients, long Failed);

    private const string FinishSql = """
        update campaigns
        set status = 'sent', finished_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @CampaignId
          and status = 'sending'
          and run = @Run
          and not exists (
              select
              from deliveries
              where organization_id = @OrganizationId
                and campaign_id = @CampaignId
                and status = 'pending')
        returning creator_id, name
        """;

    private const string PauseSql = """
        update campaigns
        set status = 'paused', run = run + 1, pause_reason = @Reason, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @CampaignId
          and status = 'sending'
          and run = @Run
        returning creator_id, name
        """;

    // Of the run's latest calls; one that was made again in parts counts by its parts.
    private const string JudgeSql = """
        select coalesce(sum(case when state = 'accepted' then recipients else failed end), 0) as recipients, coalesce(sum(failed), 0) as failed
        from (
            select state, recipients, failed
            from provider_calls
            where organization_id = @OrganizationId
              and campaign_id = @CampaignId
              and run = @Run
            order by claimed_at desc
            limit @LatestCalls) as latest
        """;

    /// <summary>Looks at what became of a claim's calls.</summary>
    public static async Task After(Db db, Scope scope, Guid campaignId, int run, CallTally tally)
    {
        if (tally.NotBefore is null && await Finish(db, scope, campaignId, run))
            return;
        if (tally.RefusedInARow >= MakeCalls.MostRefusals)
            await Pause(db, scope, campaignId, run, $"{tally.RefusedInARow} calls in a row were refused: {tally.LastError}");
        else if (tally.Failed + tally.Unmade > 0 && await Judge(db, scope, campaignId, run, tally) is { } reason)
            await Pause(db, scope, campaignId, run, reason);
    }

    private static async Task<string?> Judge(Db db, Scope scope, Guid campaignId, int run, CallTally tally)
    {
        var judged = (await db.Find<Judged>(scope, JudgeSql, new { CampaignId = campaignId, Run = run, LatestCalls }, CancellationToken.None))!;
        var (recipients, failed) = (judged.Recipients + tally.Unmade, judged.Failed + tally.Unmade);
        return recipients >= LeastJudged && failed * 100 > recipients * MostFailing
            ? $"{failed} of {recipients} recipients failed, the latest because of: {tally.LastError}"
            : null;
    }

    /// <summary>Ends it when nobody is left; whether it has ended now.</summary>
    public static Task<bool> Finish(Db db, Scope scope, Guid campaignId, int run) => db.Transaction(
        scope,
        async tx =>
        {
            if (await tx.Find<Ended>(FinishSql, new { CampaignId = campaignId, Run = run, tx.Now }) is not { } campaign)
                return false;
            await tx.Notify(campaign.CreatorId, "campaign.finished", $"Campaign sent: {campaign.Name}", null, ("campaign", campaignId));
            await tx.Audit(null, "campaign.finished", "campaign", campaignId, null);
            return true;
        },
        CancellationToken.None);

    private static Task<bool> Pause(Db db, Scope scope, Guid campaignId, int run, string reason) => db.Transaction(
        scope,
        async tx =>
        {
            if (await tx.Find<Ended>(PauseSql, new { CampaignId = campaignId, Run = run, Reason = reason, tx.Now }) is not { } campaign)
                return false;
            await tx.Notify(campaign.CreatorId, "campaign.paused", $"Campaign paused: {campaign.Name}", reason, ("campaign", campaignId));
            await tx.Audit(null, "campaign.paused", "campaign", campaignId, new { reason });
            return true;
        },
        CancellationToken.None);
}

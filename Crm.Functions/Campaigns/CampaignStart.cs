using System.Text.Json;
using Crm.Functions.Audit;
using Crm.Functions.Campaigns.Sending;
using Crm.Functions.Contacts;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>What a send has begun.</summary>
/// <param name="Judged">Whom it goes to and whom not.</param>
/// <param name="EstimatedMinutes">How long it will take.</param>
internal sealed record Started(Judged Judged, int EstimatedMinutes);

/// <summary>Begins to send a campaign, or goes on with one that was paused: all of it in the transaction that has the campaign locked.</summary>
internal static class CampaignStart
{
    private const string FlipSql = """
        update campaigns
        set status = 'sending', run = run + 1, started_at = coalesce(started_at, @Now), finished_at = null, scheduled_at = null, pause_reason = null,
            next_claim_at = null, decide_at = coalesce(decide_at, @DecideAt::timestamptz), updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        returning run
        """;

    // Contacts that became a colleague's since they were added.
    private const string LetGoSql = """
        delete from deliveries d
        using contacts c
        where d.organization_id = @OrganizationId
          and d.campaign_id = @Id
          and d.status = 'pending'
          and d.call_id is null
          and c.organization_id = d.organization_id and c.id = d.contact_id
          and c.owner_id is distinct from @OwnerId
        """;

    private const string UseTemplateSql = """
        update templates
        set usage = usage + 1
        where organization_id = @OrganizationId
          and id = @TemplateId
        """;

    /// <summary>Begins; a refusal may leave recipients behind that only a rollback takes away.</summary>
    /// <param name="tx">Has the campaign locked; its scope says which contacts a segment finds.</param>
    /// <param name="campaign">A draft, or one that is scheduled or paused.</param>
    /// <param name="links">Where its links lead.</param>
    /// <param name="actorId">Who sends it; null: its hour came.</param>
    /// <param name="dryRun">Whether it only shall be said what would happen.</param>
    public static async Task<(Started? Started, Error? Fault)> Run(DbTransaction tx, CampaignRow campaign, Links links, Guid? actorId, bool dryRun)
    {
        var settings = CampaignSettings.Saved(campaign.Settings);
        // One that goes on keeps the texts that were frozen and the recipients it has.
        CampaignWords? words = null;
        if (!campaign.HasStarted)
        {
            (words, var fault) = await CampaignWords.Of(tx, campaign);
            if ((fault ?? words!.Fault()) is { } unfit)
                return (null, unfit);
            if (campaign.Segment is { } segment)
                await Audience.Add(tx, campaign, segment.Deserialize<ContactFilter>(JsonSerializerOptions.Web)!);
        }

        if (tx.Scope.OwnerId is not null)
            await tx.Execute(LetGoSql, new { campaign.Id });
        var judged = await Judged.Of(tx, campaign, withExamples: dryRun);
        if (judged.Queued == 0 && !campaign.HasStarted)
            return (null, judged.Suppressed == 0 ? Errors.NoRecipients : judged.Nobody);
        var speed = await SendingSpeed.Of(tx, campaign.Type, settings);
        if (dryRun)
            return (new(judged, speed.MinutesFor(judged.Queued)), null);

        await SendingTimes.Set(tx, campaign, settings, campaign.ScheduledAt is { } planned && actorId is null ? planned : tx.Now);
        var decideAt = settings.AbTest is { } test && words?.SubjectB is not null ? await AbTest.Assign(tx, campaign.Id, test) : (DateTimeOffset?)null;
        if (words is not null)
        {
            await CampaignSnapshot.Freeze(tx, campaign, words, links);
            if (campaign.TemplateId is { } templateId)
                await tx.Execute(UseTemplateSql, new { TemplateId = templateId });
        }

        var run = await tx.Find<int>(FlipSql, new { campaign.Id, DecideAt = decideAt, tx.Now });
        await speed.Queue(tx, campaign.Id, run, judged.Queued + judged.Suppressed);
        await tx.Audit(actorId, words is null ? "campaign.resumed" : "campaign.sent", "campaign", campaign.Id, new { queued = judged.Queued });
        return (new(judged, speed.MinutesFor(judged.Queued)), null);
    }

    // Also those of whom nothing was tried yet: the messages of the run before do nothing any more.
    private const string PendingSql = """
        select coalesce(sum(pending), 0)::bigint
        from campaign_totals
        where organization_id = @OrganizationId
          and campaign_id = @Id
        """;

    /// <summary>Sends what is pending of one that was sent, was paused or is on its way.</summary>
    public static async Task Again(DbTransaction tx, CampaignRow campaign)
    {
        var settings = CampaignSettings.Saved(campaign.Settings);
        var speed = await SendingSpeed.Of(tx, campaign.Type, settings);
        await SendingTimes.Set(tx, campaign, settings, tx.Now);
        var run = await tx.Find<int>(FlipSql, new { campaign.Id, DecideAt = (DateTimeOffset?)null, tx.Now });
        await speed.Queue(tx, campaign.Id, run, await tx.Find<long>(PendingSql, new { campaign.Id }));
    }
}

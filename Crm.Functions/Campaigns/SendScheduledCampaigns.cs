using System.Globalization;
using Crm.Functions.Audit;
using Crm.Functions.Notifications;
using Crm.Functions.Sending;
using Crm.Functions.Tokens;
using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>
/// Sends the campaigns whose hour has come. One that cannot be sent is paused, or a draft again where only recipients are missing, and who made it is told.
/// </summary>
public static class SendScheduledCampaigns
{
    private const int MostAtOnce = 100;

    private sealed record Due(Guid OrganizationId, Guid Id);

    private sealed record Sender(Guid Id, bool IsStaff, bool MaySend);

    private const string DueSql = """
        select organization_id, id
        from campaigns
        where status = 'scheduled'
          and scheduled_at <= @Now
        order by scheduled_at, id
        limit @MostAtOnce
        """;

    // Whoever has it locked sends, pauses or changes it: the next minute sees what it became.
    private const string ClaimSql = """
        select k.creator_id as id, u.role = 'staff' as is_staff, u.role <> 'staff' or o.staff_may_send_campaigns as may_send
        from campaigns k
        join users u on u.organization_id = k.organization_id and u.id = k.creator_id
        join organizations o on o.id = k.organization_id
        where k.organization_id = @OrganizationId
          and k.id = @Id
          and k.status = 'scheduled'
          and k.scheduled_at <= @Now
        for no key update of k skip locked
        """;

    public static async Task Handle(Db db, Channels channels, Links links, CancellationToken ct)
    {
        var due = await db.List<Due>(Scope.Global, DueSql, new { db.Now, MostAtOnce }, ct);
        await OneByOne.Do(due, one => db.Transaction(new Scope(one.OrganizationId), tx => Send(tx, channels, links, one.Id), ct), ct);
    }

    private static async Task<bool> Send(DbTransaction tx, Channels channels, Links links, Guid id)
    {
        if (await tx.Find<Sender>(ClaimSql, new { Id = id, tx.Now }) is not { } sender)
            return false;
        // Staff write to their own contacts.
        var own = tx.OwnedBy(sender.IsStaff ? sender.Id : null);
        var (row, _) = await CampaignRow.Lock(own, id);
        var campaign = row!;
        if (tx.Now - campaign.ScheduledAt > Schedule.Latest)
        {
            var hours = Schedule.Latest.TotalHours.ToString(CultureInfo.InvariantCulture);
            await Hold(tx, campaign, "paused", $"Its hour had passed by more than {hours} hours when the app could have sent it.");
        }
        else if (!sender.MaySend)
        {
            await Hold(tx, campaign, "paused", "In your organisation staff do not send campaigns: ask a manager.");
        }
        else if (channels.Fault(campaign.Type) is { } unset)
        {
            await Hold(tx, campaign, "paused", unset.Message);
        }
        else if ((await CampaignStart.Run(own, campaign, links, actorId: null, dryRun: false)).Fault is { } fault)
        {
            await Hold(tx, campaign, fault.Code == Errors.NoRecipients.Code ? "draft" : "paused", fault.Message);
        }

        return true;
    }

    private static async Task Hold(DbTransaction tx, CampaignRow campaign, string status, string reason)
    {
        await campaign.Turn(tx, status, status == "paused" ? reason : null);
        await tx.Notify(
            campaign.CreatorId, "campaign.paused", status == "paused" ? $"{campaign.Name} was paused" : $"{campaign.Name} was not sent and is a draft again",
            reason, ("campaign", campaign.Id));
        await tx.Audit(null, status == "paused" ? "campaign.paused" : "campaign.unscheduled", "campaign", campaign.Id, new { reason });
    }
}

using Crm.Shared.Database;

namespace Crm.Functions.Campaigns;

/// <summary>A test of two subjects.</summary>
internal static class AbTest
{
    // By their ids' hashes: whoever was added first is no sample. The rest has no variant, and waits for the winner.
    private const string AssignSql = """
        with ranked as (
            select id, row_number() over (order by hashtextextended(id::text, 0), id) as place, greatest(count(*) over () * @Percent / 100, 1) as share
            from deliveries
            where organization_id = @OrganizationId
              and campaign_id = @CampaignId
              and status = 'pending'
              and call_id is null),
        assigned as (
            update deliveries d
            set variant = case when r.place <= r.share then 'a' else 'b' end
            from ranked r
            where d.organization_id = @OrganizationId
              and d.id = r.id
              and r.place <= 2 * r.share
            returning d.not_before)
        select greatest(max(not_before), @Now::timestamptz)
        from assigned
        """;

    /// <summary>Chooses who gets which subject; returns when it is decided: so long after the last of them may be written to.</summary>
    public static async Task<DateTimeOffset> Assign(DbTransaction tx, Guid campaignId, CampaignSettings.Test test) =>
        (await tx.Find<DateTimeOffset>(AssignSql, new { CampaignId = campaignId, Percent = test.SharePercent!.Value, tx.Now }))
            .AddMinutes(test.WaitMinutes!.Value);
}

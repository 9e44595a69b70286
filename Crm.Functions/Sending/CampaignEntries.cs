using Crm.Shared.Database;

namespace Crm.Functions.Sending;

/// <summary>
/// The timeline says that a contact was sent a campaign: once, for the entry has the delivery's id, however often and by whomever it is said that it was sent.
/// </summary>
public static class CampaignEntries
{
    // Nor does it say so of one that the vendor took and then dropped: it depends on what is known in the end, not on what was known first.
    private const string Sql = """
        with dropped as (
            delete from timeline_entries t
            using deliveries d
            where t.organization_id = @OrganizationId
              and t.id = any(@Ids)
              and d.organization_id = @OrganizationId
              and d.id = t.id
              and d.state = 'failed'
              and d.campaign_id is not null)
        insert into timeline_entries (organization_id, id, contact_id, type, action, title, entity_type, entity_id, occurred_at, created_at)
        select @OrganizationId, d.id, d.contact_id, 'campaign', 'campaign_sent', 'Campaign sent: ' || p.name, 'campaign', p.id, d.sent_at, @Now
        from deliveries d
        join campaigns p on p.organization_id = d.organization_id and p.id = d.campaign_id
        where d.organization_id = @OrganizationId
          and d.id = any(@Ids)
          and d.state = 'sent'
        on conflict (organization_id, id) do nothing
        """;

    /// <summary>Writes the entries of those of the deliveries that are a campaign's and were sent.</summary>
    public static Task<int> Write(DbTransaction tx, Guid[] deliveries) =>
        deliveries.Length == 0 ? Task.FromResult(0) : tx.Execute(Sql, new { Ids = deliveries, tx.Now });
}

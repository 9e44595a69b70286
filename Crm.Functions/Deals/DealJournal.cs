using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>What happens with deals, on the timeline of their contact and in the audit trail.</summary>
internal static class DealJournal
{
    private const string TouchContactSql = """
        update contacts
        set last_activity_at = greatest(last_activity_at, @Now)
        where organization_id = @OrganizationId
          and id = @ContactId
        """;

    /// <summary>Records one change; the action is written <c>deal_moved</c> on the timeline and <c>deal.moved</c> in the audit trail.</summary>
    public static async Task Record(
        DbTransaction tx, Caller caller, Guid dealId, Guid contactId, string verb, string title, string? description = null, Change[]? changes = null, object? audit = null)
    {
        await tx.Audit(caller.UserId, $"deal.{verb}", "deal", dealId, audit);
        await tx.AddToTimeline(contactId, caller.UserId, new("deal", $"deal_{verb}", title, description) { Changes = changes, Entity = ("deal", dealId) });
        await tx.Execute(TouchContactSql, new { ContactId = contactId, tx.Now });
    }
}

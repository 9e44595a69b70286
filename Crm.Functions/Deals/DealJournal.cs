using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

/// <summary>What happens with a deal, in the audit trail, on the timeline of its contact, and as that one's latest activity.</summary>
internal static class DealJournal
{
    /// <summary>Records one change; the action is written <c>deal_moved</c> on the timeline and <c>deal.moved</c> in the audit trail.</summary>
    public static Task Record(
        DbTransaction tx, Caller caller, Guid dealId, Guid contactId, string verb, string title,
        string? description = null, Change[]? changes = null, object? facts = null) =>
        tx.Record(caller.UserId, new($"deal.{verb}", "deal", dealId)
        {
            Facts = facts,
            Entries = [new(contactId, "deal", $"deal_{verb}", title, description) { Changes = changes }],
            IsActivity = true,
        });
}

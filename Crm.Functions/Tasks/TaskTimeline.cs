using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>What happens with a task shows on its contact's timeline, and as the latest activity of its deal and contact.</summary>
internal static class TaskTimeline
{
    // Deal before contact, as deals do it themselves: two requests then never wait for each other in a circle.
    private const string TouchDealSql = """
        update deals
        set last_activity_at = greatest(last_activity_at, @Now)
        where organization_id = @OrganizationId
          and id = @DealId
        """;

    private const string TouchContactSql = """
        update contacts
        set last_activity_at = greatest(last_activity_at, @Now)
        where organization_id = @OrganizationId
          and id = @ContactId
        """;

    /// <summary>Writes the entries; a task without a contact leaves none.</summary>
    public static async Task Record(DbTransaction tx, Guid actorId, Guid taskId, Guid? contactId, Guid? dealId, params NewEntry[] entries)
    {
        if (contactId is null || entries.Length == 0)
            return;
        if (dealId is not null)
            await tx.Execute(TouchDealSql, new { DealId = dealId, tx.Now });
        await tx.Execute(TouchContactSql, new { ContactId = contactId, tx.Now });
        foreach (var entry in entries)
            await tx.AddToTimeline(contactId.Value, actorId, entry with { Entity = ("task", taskId) });
    }

    public static NewEntry Entry(string action, string what, string title) => new("task", action, $"Task {what}", title);
}

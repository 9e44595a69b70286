using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>What happens with a task, in the audit trail, on its contact's timeline, and as the latest activity of its deal and contact.</summary>
internal static class TaskJournal
{
    /// <summary>Records a deed; a task without a contact leaves no entry, and <paramref name="entries"/> then are null.</summary>
    public static Task Record(DbTransaction tx, Caller caller, string action, Guid taskId, Guid? dealId, object? facts, params NewEntry?[] entries) =>
        tx.Record(caller.UserId, new(action, "task", taskId) { Facts = facts, Entries = [.. entries.OfType<NewEntry>()], DealId = dealId, IsActivity = true });

    public static NewEntry? Entry(Guid? contactId, string action, string what, string title, Change[]? changes = null) =>
        contactId is { } contact ? new(contact, "task", action, $"Task {what}", title) { Changes = changes } : null;
}

using Crm.Functions.Email;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>
/// Reminds of single tasks, at the time that was asked for (<c>reminderAt</c>), once; another reminder or due date is a reason to remind again.
/// </summary>
public static class RemindAssignees
{
    /// <summary>Tasks in one transaction, as in the statement.</summary>
    private const int BatchSize = 100;

    private sealed record Reminder(
        Guid OrganizationId, string Email, string FirstName, bool IsWanted, string? OwnZone, string OrganizationZone, string Title, DateTimeOffset? DueAt);

    // Reminders of users who left, or switched them off ({"notifications":{"taskReminders":false}}), are used up without a mail.
    // The limit is written out: a plan made for any limit reads the whole table (75 ms instead of 2 on 200,000 tasks).
    private const string ClaimSql = $$"""
        with due as (
            select organization_id, id
            from tasks
            where reminder_at <= @Now
              and reminded_at is null
              and deleted_at is null
              and status {{TaskStates.AreOpenSql}}
            order by reminder_at, organization_id, id
            limit 100
            for update skip locked),
        claimed as (
            update tasks t
            set reminded_at = @Now
            from due
            where t.organization_id = due.organization_id and t.id = due.id
            returning t.organization_id, t.assignee_id, t.title, t.due_at)
        select c.organization_id, u.email, u.first_name,
               u.status = 'active' and coalesce(u.preferences #>> '{notifications,taskReminders}', 'true') <> 'false' as is_wanted,
               u.timezone as own_zone, o.timezone as organization_zone, c.title, c.due_at
        from claimed c
        join users u on u.organization_id = c.organization_id and u.id = c.assignee_id
        join organizations o on o.id = c.organization_id
        """;

    public static async Task Handle(Db db, CancellationToken ct)
    {
        while (await Remind(db, ct) == BatchSize)
        {
            // More are due.
        }
    }

    private static Task<int> Remind(Db db, CancellationToken ct) => db.Transaction(Scope.Global, async tx =>
    {
        var reminders = await tx.List<Reminder>(ClaimSql, new { tx.Now });
        var mails = reminders.Where(reminder => reminder.IsWanted)
            .Select(reminder => (reminder.OrganizationId, reminder.Email, (Letter)LetterFor(reminder))).ToArray();
        if (mails.Length > 0)
            await tx.SendEmails(mails);
        return reminders.Count;
    }, ct);

    private static TaskReminderLetter LetterFor(Reminder reminder) => new TaskReminderLetter(
        reminder.FirstName, reminder.Title,
        reminder.DueAt is { } due ? CrmTask.InWords(due, TimeZones.First(reminder.OwnZone, reminder.OrganizationZone)) : null);
}

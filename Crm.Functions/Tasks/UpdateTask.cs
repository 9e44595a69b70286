using System.Globalization;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class UpdateTask
{
    /// <summary>Any of the fields of a new task: an absent one stays as it is, null clears it.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Status = "completed" };

        /// <summary>What is to be done.</summary>
        [Needed, Text(200)]
        public Optional<string> Title { get; init; }

        /// <summary>More about it.</summary>
        [Text(5000)]
        public Optional<string?> Description { get; init; }

        /// <summary>pending, in_progress, completed or cancelled.</summary>
        [Needed, TaskStatus]
        public Optional<string> Status { get; init; }

        /// <summary>true completes the task, false opens it again: another way to write the status.</summary>
        public Optional<bool> Completed { get; init; }

        /// <summary>low, medium, high or urgent.</summary>
        [Needed, TaskPriority]
        public Optional<string> Priority { get; init; }

        /// <summary>A bare date means until the end of that day.</summary>
        public Optional<ClientTime?> DueDate { get; init; }

        /// <summary>Not after the due date.</summary>
        public Optional<ClientTime?> ReminderAt { get; init; }

        /// <summary>The contact; a task of a deal is for the deal's contact.</summary>
        public Optional<Guid?> ContactId { get; init; }

        /// <summary>The deal; its contact becomes the task's.</summary>
        public Optional<Guid?> DealId { get; init; }

        /// <summary>Who does it; staff may not hand tasks over.</summary>
        [Needed]
        public Optional<Guid?> AssigneeId { get; init; }
    }

    /// <summary>Changes a task.</summary>
    /// <remarks>
    /// Completing and reopening leave an entry each on the contact's timeline, other changes one with each field's old and new value; a
    /// request that changes nothing leaves no trace. With <c>If-Match</c> the change happens only to that version, else 409 VERSION_CONFLICT.
    /// A new assignee is told by mail.
    /// </remarks>
    [Function("UpdateTask"), Tags("Tasks"), Allow(Permission.WriteTasks)]
    public static async Task<Reply<CrmTask>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "tasks/{id:guid}")] Request request, Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        return await db.Transaction<Reply<CrmTask>>(scope, async tx =>
        {
            if (await TaskRow.Lock(tx, id) is not { } before)
                return await Access.Refusal(tx, Owned.Task, id, Errors.TaskNotFound);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;

            var after = before.Patched(request, caller.Zone);
            if (request.Completed.IsSet && request.Status.IsSet && request.Completed.Value != (after.Status == "completed"))
                return Error.Invalid("completed", "completed and status contradict each other: send one of them.");
            if (after.ReminderAt > after.DueDate)
                return Error.Invalid("reminderAt", "reminderAt must not be after dueDate.");
            if (caller.Reach == Reach.Own && after.AssigneeId != before.AssigneeId)
                return Errors.Forbidden with { Message = "Staff may not hand tasks over: ask a manager." };

            var parties = await TaskParties.Find(tx, after.AssigneeId, after.ContactId, after.DealId);
            if (Fault(request, before, after, parties) is { } fault)
                return fault;
            if (request.DealId.IsSet || request.ContactId.IsSet)
                after = after with { ContactId = parties.DealContactId ?? parties.ContactId };
            if (Change.Between<TaskFields>(before, after) is { Length: > 0 } changes)
            {
                after = await after.Save(tx, before, caller.UserId);
                await Record(tx, caller, before, after, changes);
                if (after.AssigneeId != before.AssigneeId)
                    await parties.Tell(tx, caller, after.AssigneeId, after.Title, after.DueDate);
            }

            var task = (await tx.Find<CrmTask>(CrmTask.ByIdSql, new { Id = id, tx.Now }))!;
            return Reply<CrmTask>.Versioned(task, task.Version);
        }, ct);
    }

    // What stays as it was is not judged again: the deal of an old task may be gone, its assignee inactive.
    private static Error? Fault(Request request, TaskRow before, TaskRow after, TaskParties parties)
    {
        if (after.AssigneeId != before.AssigneeId && parties.AssigneeFault is { } assignee)
            return assignee;
        if (after.DealId is not null && after.DealId != before.DealId && parties.DealFault is { } deal)
            return deal;
        if (request.ContactId is not { IsSet: true, Value: { } contactId }
            || contactId == before.ContactId && after.DealId == before.DealId
            || parties.ContactId is not null && parties.ContactId == parties.DealContactId)
            return null;
        return parties.ContactFault
            ?? (parties.DealContactId is null
                ? null
                : Error.Invalid("contactId", "contactId must be the deal's contact: clear dealId as well, or leave contactId out."));
    }

    private static async Task Record(DbTransaction tx, Caller caller, TaskRow before, TaskRow after, Change[] changes)
    {
        var (verb, what) = after.Status == "completed" && before.Status != "completed" ? ("task_completed", "completed")
            : after.IsOpen && !before.IsOpen ? ("task_reopened", "reopened")
            : ("task_updated", null);
        var transition = what is null ? null : TaskJournal.Entry(after.ContactId, verb, what, after.Title);
        var others = changes.Where(change => what is null || change.Field != "status").Select(Shown).ToArray();
        // A task that moves to another contact leaves a trace with the one it came from.
        var contacts = new[] { after.ContactId, before.ContactId }.Distinct();
        var updates = others.Length == 0 ? [] : contacts.Select(contactId => TaskJournal.Entry(contactId, "task_updated", "updated", after.Title, others));
        await TaskJournal.Record(
            tx, caller, verb.Replace("task_", "task.", StringComparison.Ordinal), after.Id, after.DealId,
            new { fields = changes.Select(change => change.Field) }, [.. updates, transition]);
    }

    private static Change Shown(Change change) => change with { Old = Shown(change.Old), New = Shown(change.New) };

    private static object? Shown(object? value) =>
        value is DateTimeOffset time ? time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) : value;
}

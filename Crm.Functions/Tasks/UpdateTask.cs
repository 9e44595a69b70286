using System.Globalization;
using Crm.Functions.Auth;
using Crm.Functions.Timeline;
using Crm.Shared;
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
        [Needed, OneOf(TaskStates.Pending, TaskStates.InProgress, TaskStates.Completed, TaskStates.Cancelled)]
        public Optional<string> Status { get; init; }

        /// <summary>true completes the task, false opens it again: another way to write the status.</summary>
        public Optional<bool> Completed { get; init; }

        /// <summary>low, medium, high or urgent.</summary>
        [Needed, OneOf("low", "medium", "high", "urgent")]
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

    /// <summary>What a change can touch and the timeline shows.</summary>
    private record Editable
    {
        public required string Title { get; init; }
        public string? Description { get; init; }
        public required string Status { get; init; }
        public required string Priority { get; init; }
        public DateTimeOffset? DueDate { get; init; }
        public DateTimeOffset? ReminderAt { get; init; }
        public Guid? ContactId { get; init; }
        public Guid? DealId { get; init; }
        public Guid AssigneeId { get; init; }
    }

    private sealed record Row : Editable
    {
        public DateTimeOffset? CompletedAt { get; init; }
        public Guid? CompletedBy { get; init; }
        public required int Version { get; init; }
    }

    private const string LockSql = """
        select title, description, status, priority, due_at as due_date, reminder_at, contact_id, deal_id, assignee_id, completed_at, completed_by, version
        from tasks
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or assignee_id = @OwnerId)
        for update
        """;

    // Another due date or reminder is a reason to remind again.
    private const string UpdateSql = """
        update tasks
        set title = @Title, description = @Description, status = @Status, priority = @Priority, due_at = @DueDate::timestamptz, reminder_at = @ReminderAt::timestamptz,
            reminded_at = case when due_at is not distinct from @DueDate::timestamptz and reminder_at is not distinct from @ReminderAt::timestamptz then reminded_at end,
            contact_id = @ContactId, deal_id = @DealId, assignee_id = @AssigneeId, completed_at = @CompletedAt::timestamptz, completed_by = @CompletedBy,
            updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

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
            // The lock makes two requests at once come one after the other: the second finds the task completed already.
            var before = await tx.Find<Row>(LockSql, new { Id = id });
            if (before is null)
                return await Access.Refusal(tx, Owned.Task, id, Errors.TaskNotFound);
            if (Etag.Conflict(context, before.Version) is { } conflict)
                return conflict;

            var after = Apply(request, before, caller.Zone);
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
            if (Change.Between<Editable>(before, after) is { Length: > 0 } changes)
            {
                after = await Save(tx, caller, id, before, after);
                await Record(tx, caller, id, before, after, changes);
                if (after.AssigneeId != before.AssigneeId)
                    await parties.Tell(tx, caller, after.AssigneeId, after.Title, after.DueDate);
            }

            var task = (await tx.Find<CrmTask>(CrmTask.ByIdSql, new { Id = id, tx.Now }))!;
            return Reply<CrmTask>.Versioned(task, task.Version);
        }, ct);
    }

    private static Row Apply(Request request, Row before, TimeZoneInfo zone) => before with
    {
        Title = request.Title.IsSet ? CrmTask.OneLine(request.Title.Value) : before.Title,
        Description = Fields.Text(request.Description.Or(before.Description)),
        Status = request.Status.IsSet ? request.Status.Value.ToLowerInvariant()
            : request.Completed is { IsSet: true, Value: true } ? "completed"
            : request.Completed.IsSet && !IsOpen(before) ? "pending"
            : before.Status,
        Priority = request.Priority.Or(before.Priority).ToLowerInvariant(),
        DueDate = request.DueDate.IsSet ? CrmTask.Due(request.DueDate.Value, zone) : before.DueDate,
        ReminderAt = request.ReminderAt.IsSet ? request.ReminderAt.Value?.In(zone) : before.ReminderAt,
        ContactId = request.ContactId.Or(before.ContactId),
        DealId = request.DealId.Or(before.DealId),
        AssigneeId = request.AssigneeId.Or(before.AssigneeId) ?? before.AssigneeId,
    };

    // What stays as it was is not judged again: the deal of an old task may be gone, its assignee inactive.
    private static Error? Fault(Request request, Row before, Row after, TaskParties parties)
    {
        if (after.AssigneeId != before.AssigneeId && parties.AssigneeFault is { } assignee)
            return assignee;
        if (after.DealId is not null && after.DealId != before.DealId && parties.DealFault is { } deal)
            return deal;
        if (request.ContactId is not { IsSet: true, Value: { } contactId } || contactId == before.ContactId && after.DealId == before.DealId || parties.ContactId is not null && parties.ContactId == parties.DealContactId)
            return null;
        return parties.ContactFault
            ?? (parties.DealContactId is null ? null : Error.Invalid("contactId", "contactId must be the deal's contact: clear dealId as well, or leave contactId out."));
    }

    private static bool IsOpen(Row row) => TaskStates.IsOpen(row.Status);

    private static async Task<Row> Save(DbTransaction tx, Caller caller, Guid id, Row before, Row after)
    {
        if (after.Status != before.Status)
        {
            var isCompleted = after.Status == "completed";
            after = after with { CompletedAt = isCompleted ? tx.Now : null, CompletedBy = isCompleted ? caller.UserId : null };
        }

        await tx.Execute(UpdateSql, new
        {
            Id = id,
            after.Title,
            after.Description,
            after.Status,
            after.Priority,
            after.DueDate,
            after.ReminderAt,
            after.ContactId,
            after.DealId,
            after.AssigneeId,
            after.CompletedAt,
            after.CompletedBy,
            tx.Now,
        });
        return after;
    }

    private static async Task Record(DbTransaction tx, Caller caller, Guid id, Row before, Row after, Change[] changes)
    {
        var (verb, what) = after.Status == "completed" && before.Status != "completed" ? ("task_completed", "completed")
            : IsOpen(after) && !IsOpen(before) ? ("task_reopened", "reopened")
            : ("task_updated", null);
        var transition = what is null ? null : TaskJournal.Entry(after.ContactId, verb, what, after.Title);
        var others = changes.Where(change => what is null || change.Field != "status").Select(Shown).ToArray();
        // A task that moves to another contact leaves a trace with the one it came from.
        var contacts = new[] { after.ContactId, before.ContactId }.Distinct();
        var updates = others.Length == 0 ? [] : contacts.Select(contactId => TaskJournal.Entry(contactId, "task_updated", "updated", after.Title, others));
        await TaskJournal.Record(
            tx, caller, verb.Replace("task_", "task.", StringComparison.Ordinal), id, after.DealId, new { fields = changes.Select(change => change.Field) }, [.. updates, transition]);
    }

    private static Change Shown(Change change) => change with { Old = Shown(change.Old), New = Shown(change.New) };

    private static object? Shown(object? value) =>
        value is DateTimeOffset time ? time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) : value;
}

using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

/// <summary>What a change can touch and the timeline shows.</summary>
internal record TaskFields
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

/// <summary>A task as it is before a change, locked until the transaction ends, and as the change leaves it.</summary>
internal sealed record TaskRow : TaskFields
{
    public required Guid Id { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public Guid? CompletedBy { get; init; }
    public required int Version { get; init; }

    public bool IsOpen => TaskStates.IsOpen(Status);

    private const string LockSql = """
        select id, title, description, status, priority, due_at as due_date, reminder_at, contact_id, deal_id, assignee_id, completed_at, completed_by, version
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
        set title = @Title, description = @Description, status = @Status, priority = @Priority,
            due_at = @DueDate::timestamptz, reminder_at = @ReminderAt::timestamptz,
            reminded_at = case when due_at is not distinct from @DueDate::timestamptz
                                and reminder_at is not distinct from @ReminderAt::timestamptz then reminded_at end,
            contact_id = @ContactId, deal_id = @DealId, assignee_id = @AssigneeId, completed_at = @CompletedAt::timestamptz, completed_by = @CompletedBy,
            updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    /// <summary>
    /// The task, locked, or null when the scope does not hold it. The lock makes two requests at once come one after the other: the second
    /// finds the task completed already.
    /// </summary>
    public static Task<TaskRow?> Lock(DbTransaction tx, Guid id) => tx.Find<TaskRow>(LockSql, new { Id = id });

    /// <summary>The task as a request wants it, written in a time zone.</summary>
    public TaskRow Patched(UpdateTask.Request request, TimeZoneInfo zone) => this with
    {
        Title = request.Title.IsSet ? CrmTask.OneLine(request.Title.Value) : Title,
        Description = Fields.Text(request.Description.Or(Description)),
        Status = request.Status.IsSet ? request.Status.Value.ToLowerInvariant()
            : request.Completed is { IsSet: true, Value: true } ? "completed"
            : request.Completed.IsSet && !IsOpen ? TaskStates.Pending
            : Status,
        Priority = request.Priority.Or(Priority).ToLowerInvariant(),
        DueDate = request.DueDate.IsSet ? CrmTask.Due(request.DueDate.Value, zone) : DueDate,
        ReminderAt = request.ReminderAt.IsSet ? request.ReminderAt.Value?.In(zone) : ReminderAt,
        ContactId = request.ContactId.Or(ContactId),
        DealId = request.DealId.Or(DealId),
        AssigneeId = request.AssigneeId.Or(AssigneeId) ?? AssigneeId,
    };

    /// <summary>Saves what became of the task, and returns it with the time and the author of its completion.</summary>
    public async Task<TaskRow> Save(DbTransaction tx, TaskRow before, Guid actorId)
    {
        var isCompleted = Status == "completed";
        var after = Status == before.Status
            ? this
            : this with { CompletedAt = isCompleted ? tx.Now : null, CompletedBy = isCompleted ? actorId : null };

        await tx.Execute(UpdateSql, new
        {
            Id,
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
}

using Crm.Functions.Auth;
using Crm.Shared;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class CreateTask
{
    /// <param name="Title">What is to be done, in one line of at most 200 characters.</param>
    /// <param name="Description">More about it, up to 5,000 characters.</param>
    /// <param name="ContactId">The contact it is for; that of the deal by default.</param>
    /// <param name="DealId">The deal it belongs to.</param>
    /// <param name="AssigneeId">Who does it; the caller by default, and always for staff.</param>
    /// <param name="DueDate">When it must be done. A bare date means until the end of that day, in the organisation's time zone.</param>
    /// <param name="ReminderAt">When to be reminded by mail, not after the due date. A bare date means the start of that day.</param>
    /// <param name="Priority">low, medium (default), high or urgent.</param>
    /// <param name="Status">pending (default) or in_progress.</param>
    [ValidatableType]
    public sealed record Request(
        [Needed, Text(200)] string Title,
        [Text(5000)] string? Description,
        Guid? ContactId,
        Guid? DealId,
        Guid? AssigneeId,
        ClientTime? DueDate,
        ClientTime? ReminderAt,
        [TaskPriority] string? Priority,
        [OneOf(TaskStates.Pending, TaskStates.InProgress)] string? Status)
    {
        public static Request Example => new(
            "Send the offer for forty chairs", "With the wholesale discount.", Demo.Contact(4),
            null, null, ClientTime.Parse("2030-01-31", null), null, "high", null);
    }

    private const string InsertSql = """
        insert into tasks (organization_id, id, title, description, status, priority, due_at, reminder_at, contact_id, deal_id, assignee_id, created_by,
                           created_at, updated_at)
        values (@OrganizationId, @Id, @Title, @Description, @Status, @Priority, @DueAt, @ReminderAt, @ContactId, @DealId, @AssigneeId, @UserId, @Now, @Now)
        """;

    /// <summary>Creates a task.</summary>
    /// <remarks>An assignee other than the caller is told by mail, unless they switched that off (preference <c>notifications.taskAssigned</c>).</remarks>
    [Function("CreateTask"), Tags("Tasks"), Allow(Permission.WriteTasks)]
    public static async Task<Created<CrmTask>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "tasks")] Request request, Caller caller, Db db, CancellationToken ct)
    {
        var assigneeId = request.AssigneeId ?? caller.UserId;
        if (caller.Reach == Reach.Own && assigneeId != caller.UserId)
            return Errors.Forbidden with { Message = "Staff assign tasks to themselves only: leave assigneeId out." };
        var due = CrmTask.Due(request.DueDate, caller.Zone);
        var reminder = request.ReminderAt?.In(caller.Zone);
        if (reminder > due)
            return Error.Invalid("reminderAt", "reminderAt must not be after dueDate.");

        return await db.Transaction<Created<CrmTask>>(caller.Scope, async tx =>
        {
            var parties = await TaskParties.Find(tx, assigneeId, request.ContactId, request.DealId);
            if ((parties.AssigneeFault ?? (request.DealId is null ? null : parties.DealFault)) is { } fault)
                return fault;
            if (request.ContactId is not null && (parties.ContactId is null || parties.ContactId != parties.DealContactId))
            {
                if (parties.ContactFault is { } refusal)
                    return refusal;
                if (request.DealId is not null)
                    return Error.Invalid("contactId", "contactId must be the deal's contact: leave it out to use that.");
            }

            var id = Guid.CreateVersion7(tx.Now);
            var contactId = parties.ContactId ?? parties.DealContactId;
            var title = CrmTask.OneLine(request.Title);
            await tx.Execute(InsertSql, new
            {
                Id = id,
                Title = title,
                Description = Fields.Text(request.Description),
                Status = request.Status?.ToLowerInvariant() ?? TaskStates.Pending,
                Priority = request.Priority?.ToLowerInvariant() ?? "medium",
                DueAt = due,
                ReminderAt = reminder,
                ContactId = contactId,
                request.DealId,
                AssigneeId = assigneeId,
                caller.UserId,
                tx.Now,
            });
            await TaskJournal.Record(tx, caller, "task.created", id, request.DealId, null, TaskJournal.Entry(contactId, "task_created", "created", title));
            await parties.Tell(tx, caller, assigneeId, title, due);
            return (await tx.Find<CrmTask>(CrmTask.ByIdSql, new { Id = id, tx.Now }))!;
        }, ct);
    }
}

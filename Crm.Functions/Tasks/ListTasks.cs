using System.Text.Json.Serialization;
using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Tasks;

public static class ListTasks
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Part of a title or description.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>One or more of pending, in_progress, completed, cancelled.</summary>
        [FromQuery]
        [TaskStatus]
        public string[]? Status { get; init; }

        /// <summary>One or more of low, medium, high, urgent.</summary>
        [FromQuery]
        [TaskPriority]
        public string[]? Priority { get; init; }

        /// <summary>Who does it: an id or <c>me</c>; staff may name only themselves.</summary>
        [FromQuery]
        public string? AssigneeId { get; init; }

        /// <summary>The contact it is for.</summary>
        [FromQuery]
        public Guid? ContactId { get; init; }

        /// <summary>The deal it belongs to.</summary>
        [FromQuery]
        public Guid? DealId { get; init; }

        /// <summary>Due at this moment or later.</summary>
        [FromQuery]
        public ClientTime? DueFrom { get; init; }

        /// <summary>Due before this moment; a bare date includes that day.</summary>
        [FromQuery]
        public ClientTime? DueTo { get; init; }

        /// <summary>true for open tasks whose due date has passed, false for all others.</summary>
        [FromQuery]
        public bool? Overdue { get; init; }
    }

    public sealed record Response(IReadOnlyList<CrmTask> Tasks, PageMeta Meta);

    /// <summary>What the rows must be; the total depends on no clock for a minute.</summary>
    private sealed record Criteria(
        string[]? Statuses, string[]? Priorities, Guid? ContactId, Guid? DealId, DateTimeOffset? From, DateTimeOffset? To, string? Pattern,
        [property: JsonIgnore] DateTimeOffset Now);

    // 0.2 to 0.4 ms for every order of 100,000 tasks, 2 to 3 ms where staff's 2,000 are sorted.
    private static readonly PagedList<CrmTask> List = new()
    {
        Table = "tasks",
        Alias = "t",
        Columns = CrmTask.Columns,
        Joins = CrmTask.Joins,
        Orders =
        [
            new("dueDate", "t.due_order desc, t.id desc", "t.due_order, t.id", DescendsByDefault: false),
            new("createdAt", "t.created_at desc, t.id desc", "t.created_at, t.id"),
            new("updatedAt", "t.updated_at desc, t.id desc", "t.updated_at, t.id"),
            new("priority", "t.priority_order desc, t.due_order, t.id", "t.priority_order, t.due_order desc, t.id desc"),
            new("title", "lower(t.title) desc, t.id desc", "lower(t.title), t.id", DescendsByDefault: false),
        ],
        After = "(t.due_order, t.id) > (@AfterTime, @AfterId)",
        PlaceOf = task => new(task.DueDate ?? DateTimeOffset.MaxValue, task.Id),
    };

    /// <summary>The tasks of the organisation, for staff those assigned to them; the next due first, those without a due date last.</summary>
    /// <remarks>
    /// Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c> (default order only). Sorts by dueDate, createdAt, updatedAt, priority, title.
    /// </remarks>
    [Function("ListTasks"), Tags("Tasks"), Allow(Permission.ReadTasks)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "tasks")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("dueDate", "createdAt", "updatedAt", "priority", "title", ByCursor = true)] Paging paging,
        Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var (assignee, fault) = Assignee(filter.AssigneeId, caller);
        if (fault is not null)
            return fault;
        var scope = caller.Scope.OwnedBy(assignee);
        var search = Fields.Text(filter.Search)?.ToLowerInvariant();
        var criteria = new Criteria(
            QueryList.Words(filter.Status), QueryList.Words(filter.Priority), filter.ContactId, filter.DealId,
            filter.DueFrom?.In(caller.Zone), filter.DueTo?.EndIn(caller.Zone),
            search is null ? null : $"%{Like.Escape(search)}%", db.Now);
        var where = Where(scope, criteria, filter.Overdue);
        var isPlain = where == Where(scope, new(null, null, null, null, null, null, null, default), null);
        var page = await List.Read(db, totals, scope, paging, where, criteria, isPlain, ct);
        return new Response(page.Rows, page.Meta);
    }

    // Only the conditions that are asked for are written: "@X is null or …" would hide the indexes from a plan made for all values.
    private static string Where(Scope scope, Criteria args, bool? overdue) =>
        "where t.organization_id = @OrganizationId\n  and t.deleted_at is null"
        + (scope.OwnerId is null ? "" : "\n  and t.assignee_id = @OwnerId")
        + (args.Statuses switch { null => "", [_] => "\n  and t.status = @Statuses[1]", _ => "\n  and t.status = any(@Statuses)" })
        + (args.Priorities is null ? "" : "\n  and t.priority = any(@Priorities)")
        + (args.ContactId is null ? "" : $"\n  and t.contact_id = {ContactAccess.StandsFor}")
        + (args.DealId is null ? "" : "\n  and t.deal_id = @DealId")
        + (args.From is null ? "" : "\n  and t.due_order >= @From and t.due_at is not null")
        + (args.To is null ? "" : "\n  and t.due_order < @To")
        + overdue switch
        {
            null => "",
            true => $"\n  and t.due_order < @Now and t.status {TaskStates.AreOpenSql}",
            false => $"\n  and not (t.due_order < @Now and t.status {TaskStates.AreOpenSql})",
        }
        + (args.Pattern is null ? "" : "\n  and t.search_text like @Pattern");

    private static (Guid? Id, Error? Fault) Assignee(string? text, Caller caller)
    {
        if (string.IsNullOrWhiteSpace(text))
            return (null, null);
        if (string.Equals(text, "me", StringComparison.OrdinalIgnoreCase))
            return (caller.UserId, null);
        if (!Guid.TryParse(text, out var id))
            return (null, Error.Invalid("assigneeId", "assigneeId must be a user's id or me."));
        return caller.Reach == Reach.Own && id != caller.UserId ? (null, Errors.Forbidden with { Message = "Staff see their own tasks only." }) : (id, null);
    }
}

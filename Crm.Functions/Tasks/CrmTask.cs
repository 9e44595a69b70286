using System.Globalization;
using Crm.Shared;

namespace Crm.Functions.Tasks;

/// <summary>Something to be done, by one user, perhaps for a contact or a deal.</summary>
public record CrmTask
{
    public required Guid Id { get; init; }
    public required string Title { get; init; }
    public string? Description { get; init; }

    /// <summary>pending, in_progress, completed or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>low, medium, high or urgent.</summary>
    public required string Priority { get; init; }
    public DateTimeOffset? DueDate { get; init; }
    public DateTimeOffset? ReminderAt { get; init; }

    /// <summary>Whether its due date has passed while it is open.</summary>
    public required bool IsOverdue { get; init; }
    public Guid? ContactId { get; init; }
    public TaskContact? Contact => ContactId is { } id && ContactName is not null ? new(id, ContactName) : null;
    public Guid? DealId { get; init; }
    public TaskDeal? Deal => DealId is { } id && DealTitle is not null ? new(id, DealTitle) : null;
    public required Guid AssigneeId { get; init; }
    public TaskAssignee Assignee => new(AssigneeId, AssigneeFirstName, AssigneeLastName);

    /// <summary>The user who created it.</summary>
    public required Guid CreatedBy { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The user who completed it.</summary>
    public Guid? CompletedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single task.</summary>
    public required int Version { get; init; }

    internal string? ContactName { get; init; }
    internal string? DealTitle { get; init; }
    internal string AssigneeFirstName { get; init; } = "";
    internal string AssigneeLastName { get; init; } = "";

    /// <summary>The columns of <c>tasks t</c> with <see cref="Joins"/>; needs <c>@Now</c>.</summary>
    public const string Columns = $"""
        t.id, t.title, t.description, t.status, t.priority, t.due_at as due_date, t.reminder_at,
        t.due_order < @Now and t.status {TaskStates.AreOpenSql} as is_overdue,
        t.contact_id, c.name as contact_name, t.deal_id, d.title as deal_title,
        t.assignee_id, a.first_name as assignee_first_name, a.last_name as assignee_last_name,
        t.created_by, t.completed_at, t.completed_by, t.created_at, t.updated_at, t.version
        """;

    public const string Joins = """
        join users a on a.organization_id = t.organization_id and a.id = t.assignee_id
        left join contacts c on c.organization_id = t.organization_id and c.id = t.contact_id
        left join deals d on d.organization_id = t.organization_id and d.id = t.deal_id
        """;

    /// <summary>One task by id, within the caller's scope.</summary>
    public const string ByIdSql = $"""
        select {Columns}
        from tasks t
        {Joins}
        where t.organization_id = @OrganizationId
          and t.id = @Id
          and t.deleted_at is null
          and (@OwnerId::uuid is null or t.assignee_id = @OwnerId)
        """;

    /// <summary>When a task is due: a bare date means until the end of that day, its last millisecond, so that it is still shown on that day.</summary>
    internal static DateTimeOffset? Due(ClientTime? given, TimeZoneInfo zone) =>
        given is { } time ? time.IsDate ? time.EndIn(zone).AddMilliseconds(-1) : time.In(zone) : null;

    /// <summary>A due date in words, on the calendar of <paramref name="zone"/>.</summary>
    internal static string InWords(DateTimeOffset due, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(due, zone);
        var isEndOfDay = local.TimeOfDay >= new TimeSpan(23, 59, 59);
        return local.ToString(isEndOfDay ? "dddd d MMMM yyyy" : "dddd d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>A title on one line.</summary>
    internal static string OneLine(string title) => string.Concat(title.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}

/// <summary>The contact a task is for, by name.</summary>
public sealed record TaskContact(Guid Id, string Name);

/// <summary>The deal a task belongs to.</summary>
public sealed record TaskDeal(Guid Id, string Title);

/// <summary>Who does a task.</summary>
public sealed record TaskAssignee(Guid Id, string FirstName, string LastName);

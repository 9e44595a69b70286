namespace Crm.Shared;

/// <summary>The states a task can be in.</summary>
public static class TaskStates
{
    public const string Pending = "pending";
    public const string InProgress = "in_progress";
    public const string Completed = "completed";
    public const string Cancelled = "cancelled";

    /// <summary>In SQL, behind a task's status: whether somebody still has to do it.</summary>
    public const string AreOpenSql = $"in ('{Pending}', '{InProgress}')";

    public static bool IsOpen(string status) => status is Pending or InProgress;
}

using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class CompleteTask
{
    /// <summary>Completes a task.</summary>
    /// <remarks>As <c>PATCH {"status":"completed"}</c>: completing it again changes nothing.</remarks>
    public static Task<Reply<CrmTask>> Handle(Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        UpdateTask.Handle(id, new UpdateTask.Request { Status = "completed" }, context, caller, db, ct);
}

public static class ReopenTask
{
    /// <summary>Opens a completed or cancelled task again.</summary>
    /// <remarks>It becomes pending. A task that is open already stays as it is.</remarks>
    public static Task<Reply<CrmTask>> Handle(Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        UpdateTask.Handle(id, new UpdateTask.Request { Completed = false }, context, caller, db, ct);
}

using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class CompleteTask
{
    /// <summary>Completes a task.</summary>
    /// <remarks>As <c>PATCH {"status":"completed"}</c>: completing it again changes nothing.</remarks>
    [Function("CompleteTask"), Tags("Tasks"), Allow(Permission.WriteTasks)]
    public static Task<Reply<CrmTask>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "tasks/{id:guid}/complete")] HttpContext context, Guid id, Caller caller, Db db, CancellationToken ct) =>
        UpdateTask.Handle(new UpdateTask.Request { Status = "completed" }, id, context, caller, db, ct);
}

public static class ReopenTask
{
    /// <summary>Opens a completed or cancelled task again.</summary>
    /// <remarks>It becomes pending. A task that is open already stays as it is.</remarks>
    [Function("ReopenTask"), Tags("Tasks"), Allow(Permission.WriteTasks)]
    public static Task<Reply<CrmTask>> Handle(
        [HttpTrigger(Anonymous, "post", Route = "tasks/{id:guid}/reopen")] HttpContext context, Guid id, Caller caller, Db db, CancellationToken ct) =>
        UpdateTask.Handle(new UpdateTask.Request { Completed = false }, id, context, caller, db, ct);
}

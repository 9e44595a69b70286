using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class GetTask
{
    /// <summary>One task.</summary>
    /// <remarks>The <c>ETag</c> is the task's version.</remarks>
    [Function("GetTask"), Tags("Tasks"), Allow(Permission.ReadTasks)]
    public static async Task<Reply<CrmTask>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "tasks/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var scope = caller.Scope;
        var task = await db.Find<CrmTask>(scope, CrmTask.ByIdSql, new { Id = id, db.Now }, ct);
        return task is null ? await Access.Refusal(db, scope, Owned.Task, id, Errors.TaskNotFound, ct) : Reply<CrmTask>.Versioned(task, task.Version);
    }
}

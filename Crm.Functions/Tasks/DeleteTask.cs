using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Tasks;

public static class DeleteTask
{
    public sealed record Response(Guid Id);

    private sealed record Row(string Title, Guid? ContactId, Guid? DealId);

    private const string Sql = """
        update tasks
        set deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or assignee_id = @OwnerId)
        returning title, contact_id, deal_id
        """;

    /// <summary>Deletes a task.</summary>
    [Function("DeleteTask"), Tags("Tasks"), Allow(Permission.WriteTasks)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "tasks/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var row = await tx.Find<Row>(Sql, new { Id = id, tx.Now });
            if (row is null)
                return await Access.Refusal(tx, Owned.Task, id, Errors.TaskNotFound);
            await TaskJournal.Record(tx, caller, "task.deleted", id, row.DealId, null, TaskJournal.Entry(row.ContactId, "task_deleted", "deleted", row.Title));
            return new Response(id);
        }, ct);
}

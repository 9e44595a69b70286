using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class DeleteDeal
{
    public sealed record Response(Guid Id);

    private sealed record Deleted(Guid ContactId, string Title);

    private const string DeleteSql = """
        update deals
        set deleted_at = @Now, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or owner_id = @OwnerId)
        returning contact_id, title
        """;

    private const string EndStaySql = """
        update deal_stage_history
        set left_at = @Now
        where organization_id = @OrganizationId
          and deal_id = @Id
          and left_at is null
        """;

    /// <summary>Deletes a deal; its tasks stay.</summary>
    [Function("DeleteDeal"), Tags("Deals"), Allow(Permission.WriteDeals)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "deals/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            var args = new { Id = id, tx.Now };
            if (await tx.Find<Deleted>(DeleteSql, args) is not { } deleted)
                return await DealAccess.Refusal(tx, id);

            await tx.Execute(EndStaySql, args);
            await DealJournal.Record(tx, caller, id, deleted.ContactId, "deleted", $"Deal deleted: {deleted.Title}");
            return new Response(id);
        }, ct);
}

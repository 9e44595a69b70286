using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class DeleteDeal
{
    public sealed record Response(Guid Id);

    private sealed record Deleted(Guid ContactId, string Title);

    private const string DeleteSql = """
        with deleted as (
            update deals
            set deleted_at = @Now, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = @Id
              and deleted_at is null
              and (@OwnerId::uuid is null or owner_id = @OwnerId)
            returning id, contact_id, title),
        ended as (
            update deal_stage_history h
            set left_at = greatest(h.entered_at, @Now)
            from deleted
            where h.organization_id = @OrganizationId
              and h.deal_id = deleted.id
              and h.left_at is null)
        select contact_id, title
        from deleted
        """;

    /// <summary>Deletes a deal; its tasks stay.</summary>
    [Function("DeleteDeal"), Tags("Deals"), Allow(Permission.WriteDeals)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "deals/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if (await tx.Find<Deleted>(DeleteSql, new { Id = id, tx.Now }) is not { } deleted)
                return await Access.Refusal(tx, Owned.Deal, id, Errors.DealNotFound);

            await DealJournal.Record(tx, caller, id, deleted.ContactId, "deleted", $"Deal deleted: {deleted.Title}");
            return new Response(id);
        }, ct);
}

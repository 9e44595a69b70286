using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class DeleteDeal
{
    public sealed record Response(Guid Id);

    // After the deal is locked, so that the stay which a move began in the meantime is seen and ended.
    private const string DeleteSql = """
        with deleted as (
            update deals
            set deleted_at = @Now, updated_at = @Now, version = version + 1
            where organization_id = @OrganizationId
              and id = @Id)
        update deal_stage_history
        set left_at = greatest(entered_at, @Now)
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
            if (await DealRow.Lock(tx, id) is not { } deal)
                return await Access.Refusal(tx, Owned.Deal, id, Errors.DealNotFound);

            await tx.Execute(DeleteSql, new { Id = id, tx.Now });
            await DealJournal.Record(tx, caller, id, deal.ContactId, "deleted", $"Deal deleted: {deal.Title}");
            return new Response(id);
        }, ct);
}

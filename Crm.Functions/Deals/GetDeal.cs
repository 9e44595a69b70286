using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Deals;

public static class GetDeal
{
    /// <summary>One deal, with its items and the stages it has been in.</summary>
    /// <remarks>The <c>ETag</c> is the deal's version.</remarks>
    [Function("GetDeal"), Tags("Deals"), Allow(Permission.ReadDeals)]
    public static async Task<Reply<DealDetail>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "deals/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct)
    {
        var deal = await DealDetail.Find(db, caller.Scope, id, ct);
        return deal is null ? await Access.Refusal(db, caller.Scope, Owned.Deal, id, Errors.DealNotFound, ct) : Reply<DealDetail>.Live(deal, deal.Version);
    }
}

using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Campaigns;

public static class ListRecipients
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>pending, sent, delivered, opened, clicked, bounced, failed, suppressed or unsubscribed: the furthest step, and no other.</summary>
        [FromQuery]
        [OneOf("pending", "sent", "delivered", "opened", "clicked", "bounced", "failed", "suppressed", "unsubscribed")]
        public string? Status { get; init; }

        /// <summary>Part of the contact's name, address, phone number or company.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }
    }

    /// <param name="Recipients">The recipients of this page, in the order in which they were added.</param>
    /// <param name="Meta">Where the page stands.</param>
    public sealed record Response(IReadOnlyList<Recipient> Recipients, PageMeta Meta);

    private sealed record Criteria(Guid Id, string? Status, string? Pattern, string? WordPattern);

    private const string ExistsSql = """
        select true
        from campaigns
        where organization_id = @OrganizationId
          and id = @Id
          and deleted_at is null
          and (@OwnerId::uuid is null or creator_id = @OwnerId)
        """;

    // Of a campaign with a million recipients a page takes 1 ms, whether its status is that of fifty or of most: one stretch of deliveries_status. A search for
    // a rare name takes as long as among the contacts themselves.
    private static readonly PagedList<Recipient> List = new()
    {
        Table = "deliveries",
        Alias = "d",
        Columns = Recipient.Columns,
        Joins = Recipient.Joins,
        Orders = [new("addedAt", "d.id desc", "d.id", DescendsByDefault: false)],
        After = "d.id > @AfterId",
        PlaceOf = recipient => new(recipient.CreatedAt, recipient.Id),
    };

    /// <summary>The recipients of a campaign, with what became of each.</summary>
    /// <remarks>
    /// What is with the vendor shows as pending; with <c>uncertain: true</c> it is not known yet whether it was taken. Pages by <c>page</c> or, at the same
    /// cost however deep, by <c>cursor</c> (in the order in which they were added only).
    /// </remarks>
    [Function("ListRecipients"), Tags("Campaigns"), Allow(Permission.ReadCampaigns)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "campaigns/{id:guid}/recipients")] HttpRequest http,
        Guid id, [AsParameters] Filter filter, [Pages("addedAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        if (!await db.Find<bool>(caller.Scope, ExistsSql, new { Id = id }, ct))
            return await Access.Refusal(db, caller.Scope, Owned.Campaign, id, Errors.CampaignNotFound, ct);
        var search = SearchTerm.Of(filter.Search);
        var criteria = new Criteria(id, Fields.Text(filter.Status)?.ToLowerInvariant(), search?.Pattern, search?.WordPattern);
        var page = await List.Read(db, totals, caller.Scope, paging, Where(caller.Scope, criteria), criteria, isPlain: search is null, ct);
        return new Response(page.Rows, page.Meta);
    }

    private static string Where(Scope scope, Criteria criteria) =>
        "where d.organization_id = @OrganizationId\n  and d.campaign_id = @Id"
        + (criteria.Status is null ? "" : "\n  and d.status = @Status")
        + (criteria.Pattern is null ? "" : $"""

              and d.contact_id in (
                  select c.id
                  from contacts_of_caller c
                  where c.organization_id = @OrganizationId{(scope.OwnerId is null ? "" : " and c.owner_id = @OwnerId")}
                    and (c.search_text like @Pattern{(criteria.WordPattern is null ? "" : " or c.search_text like @WordPattern")}))
            """);
}

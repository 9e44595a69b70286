using Crm.Functions.Auth;
using Crm.Functions.Templates;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Campaigns;

public static class ListCampaigns
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>One or more of draft, scheduled, sending, sent, paused, cancelled.</summary>
        [FromQuery]
        [OneOf("draft", "scheduled", "sending", "sent", "paused", "cancelled")]
        public string[]? Status { get; init; }

        /// <summary>email or sms.</summary>
        [FromQuery]
        [OneOf("email", "sms")]
        public string? Type { get; init; }

        /// <summary>Part of a name or a subject.</summary>
        [FromQuery]
        [Text(Longest.Name)]
        public string? Search { get; init; }
    }

    /// <param name="Campaigns">The campaigns of this page.</param>
    /// <param name="Meta">Where the page stands.</param>
    public sealed record Response(IReadOnlyList<CampaignBrief> Campaigns, PageMeta Meta);

    private sealed record Criteria(string[]? Statuses, string? Type, string? Pattern);

    private static readonly PagedList<CampaignBrief> List = new()
    {
        Table = "campaigns",
        Alias = "k",
        Columns = Campaign.Columns,
        Joins = Campaign.Joins,
        Orders =
        [
            new("createdAt", "k.created_at desc, k.id desc", "k.created_at, k.id"),
            new("updatedAt", "k.updated_at desc, k.id desc", "k.updated_at, k.id"),
            new("scheduledAt", "k.scheduled_at desc nulls last, k.id desc", "k.scheduled_at nulls last, k.id"),
            new("name", "lower(k.name) desc, k.id desc", "lower(k.name), k.id", DescendsByDefault: false),
        ],
        After = "(k.created_at, k.id) < (@AfterTime, @AfterId)",
        PlaceOf = campaign => new(campaign.CreatedAt, campaign.Id),
    };

    /// <summary>The campaigns with what became of them, for staff their own.</summary>
    /// <remarks>Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c> (newest first only).</remarks>
    [Function("ListCampaigns"), Tags("Campaigns"), Allow(Permission.ReadCampaigns)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "campaigns")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", "updatedAt", "scheduledAt", "name", ByCursor = true)] Paging paging,
        Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var scope = caller.Scope;
        var search = Fields.Text(filter.Search)?.ToLowerInvariant();
        var criteria = new Criteria(
            QueryList.Words(filter.Status), Fields.Text(filter.Type)?.ToLowerInvariant(), search is null ? null : $"%{Like.Escape(search)}%");
        var isPlain = criteria is { Statuses: null, Type: null, Pattern: null };
        var page = await List.Read(db, totals, scope, paging, Where(scope, criteria), criteria, isPlain, ct);
        return new Response(page.Rows, page.Meta);
    }

    private static string Where(Scope scope, Criteria args) =>
        "where k.organization_id = @OrganizationId\n  and k.deleted_at is null"
        + (scope.OwnerId is null ? "" : "\n  and k.creator_id = @OwnerId")
        + (args.Statuses is null ? "" : "\n  and k.status = any(@Statuses)")
        + (args.Type is null ? "" : "\n  and k.type = @Type")
        + (args.Pattern is null ? "" : "\n  and (lower(k.name) like @Pattern or lower(k.subject) like @Pattern)");
}

using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Suppressions;

public static class ListSuppressions
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>email or sms.</summary>
        [FromQuery]
        [OneOf("email", "sms")]
        public string? Channel { get; init; }

        /// <summary>unsubscribed, manual, stopped, complained or bounced.</summary>
        [FromQuery]
        [OneOf("unsubscribed", "manual", "stopped", "complained", "bounced")]
        public string[]? Reason { get; init; }

        /// <summary>Part of an address.</summary>
        [FromQuery]
        [Text(254)]
        public string? Search { get; init; }
    }

    /// <param name="Suppressions">The suppressions of this page, newest first.</param>
    /// <param name="Meta">Where it stands.</param>
    public sealed record Response(IReadOnlyList<Suppression> Suppressions, PageMeta Meta);

    private sealed record Criteria(string? Channel, string[]? Reasons, string? Pattern);

    private static readonly PagedList<Suppression> List = new()
    {
        Table = "suppressions",
        Alias = "s",
        Columns = Suppression.Columns,
        Orders = [new("createdAt", "s.created_at desc, s.id desc", "s.created_at, s.id")],
        After = "(s.created_at, s.id) < (@AfterTime, @AfterId)",
        PlaceOf = suppression => new(suppression.CreatedAt, suppression.Id),
    };

    /// <summary>The addresses that get nothing more, and why.</summary>
    /// <remarks>Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c>.</remarks>
    [Function("ListSuppressions"), Tags("Suppressions"), Allow(Permission.ReadSuppressions)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "suppressions")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var search = Fields.Text(filter.Search)?.ToLowerInvariant();
        var criteria = new Criteria(
            Fields.Text(filter.Channel)?.ToLowerInvariant(), QueryList.Words(filter.Reason), search is null ? null : $"%{Like.Escape(search)}%");
        var page = await List.Read(
            db, totals, caller.Organization, paging, Where(criteria), criteria, isPlain: criteria is { Channel: null, Reasons: null, Pattern: null }, ct);
        return new Response(page.Rows, page.Meta);
    }

    private static string Where(Criteria args) =>
        "where s.organization_id = @OrganizationId"
        + (args.Channel is null ? "" : "\n  and s.channel = @Channel")
        + (args.Reasons is null ? "" : "\n  and s.reason = any(@Reasons)")
        + (args.Pattern is null ? "" : "\n  and s.address like @Pattern");
}

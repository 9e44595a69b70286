using Crm.Functions.Auth;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Inbox.CannedReplies;

public static class ListCannedReplies
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>The beginning of a shortcut, or part of a name.</summary>
        [FromQuery]
        [Text(100)]
        public string? Search { get; init; }
    }

    public sealed record Response(IReadOnlyList<CannedReply> CannedReplies, PageMeta Meta);

    private sealed record Criteria(string? Beginning, string? Part);

    private static readonly PagedList<CannedReply> List = new()
    {
        Table = "canned_replies",
        Alias = "r",
        Columns = CannedReply.Columns,
        Joins = CannedReply.Joins,
        Orders =
        [
            new("shortcut", "lower(r.shortcut) desc, r.id desc", "lower(r.shortcut), r.id", DescendsByDefault: false),
            new("name", "lower(r.name) desc, r.id desc", "lower(r.name), r.id", DescendsByDefault: false),
            new("createdAt", "r.created_at desc, r.id desc", "r.created_at, r.id"),
        ],
        After = "true",
        PlaceOf = reply => new(reply.CreatedAt, reply.Id),
    };

    /// <summary>The organisation's canned replies, by their shortcuts.</summary>
    /// <remarks>Their contents are Liquid, as all that is sent: put into a message as they are, their variables get the contact's values there.</remarks>
    [Function("ListCannedReplies"), Tags("Inbox"), Allow(Permission.ReadTemplates)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "inbox/canned-replies")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("shortcut", "name", "createdAt")] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var search = Fields.Text(filter.Search)?.TrimStart('/').ToLowerInvariant();
        var criteria = search is null ? new Criteria(null, null) : new($"{Like.Escape(search)}%", $"%{Like.Escape(search)}%");
        var where = "where r.organization_id = @OrganizationId"
            + (search is null ? "" : "\n  and (lower(r.shortcut) like @Beginning or lower(r.name) like @Part)");
        var page = await List.Read(db, totals, caller.Organization, paging with { Cursor = null }, where, criteria, isPlain: search is null, ct);
        return new Response(page.Rows, new(page.Meta.Pagination with { NextCursor = null }));
    }

    /// <summary>One canned reply.</summary>
    /// <remarks>The <c>ETag</c> is its version.</remarks>
    [Function("GetCannedReply"), Tags("Inbox"), Allow(Permission.ReadTemplates)]
    public static async Task<Reply<CannedReply>> Get(
        [HttpTrigger(Anonymous, "get", Route = "inbox/canned-replies/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        await CannedReply.Find(db, caller.Organization, id, ct) is { } reply ? Reply<CannedReply>.Versioned(reply, reply.Version) : Errors.CannedReplyNotFound;
}

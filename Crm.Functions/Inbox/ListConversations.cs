using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Inbox;

public static class ListConversations
{
    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>One or more of open, pending, closed, snoozed.</summary>
        [FromQuery]
        [ConversationStatus]
        public string[]? Status { get; init; }

        /// <summary>email or sms.</summary>
        [FromQuery]
        [OneOf("email", "sms")]
        public string? Type { get; init; }

        /// <summary>Who takes care of it: an id, <c>me</c>, or <c>unassigned</c>.</summary>
        [FromQuery]
        public string? AssigneeId { get; init; }

        /// <summary>Labels, any of which must match (see tagsMode).</summary>
        [FromQuery]
        public string[]? Tags { get; init; }

        /// <summary>any (default) or all.</summary>
        [FromQuery]
        [OneOf("any", "all")]
        public string? TagsMode { get; init; }

        /// <summary>true for those with unread messages, false for all others.</summary>
        [FromQuery]
        public bool? Unread { get; init; }

        /// <summary>Those with this contact.</summary>
        [FromQuery]
        public Guid? ContactId { get; init; }

        /// <summary>Part of the contact's name, e-mail, phone number or company. GET /messages?search= looks into the messages.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }
    }

    /// <param name="Conversations">The conversations of this page.</param>
    /// <param name="Meta">Where the page stands.</param>
    /// <param name="Counts">Of all that the caller sees, whatever is asked for.</param>
    public sealed record Response(IReadOnlyList<Conversation> Conversations, PageMeta Meta, InboxCounts Counts);

    private sealed record Criteria(
        string[]? Statuses, string? Type, Guid? AssigneeId, string[]? Tags, Guid? ContactId, string? Pattern, string? WordPattern);

    private static readonly PagedList<Conversation> List = new()
    {
        Table = "conversations",
        Alias = "v",
        Columns = Conversation.Columns,
        Joins = Conversation.Joins,
        Orders = [new("lastMessageAt", "v.last_message_at desc, v.id desc", "v.last_message_at, v.id")],
        After = "(v.last_message_at, v.id) < (@AfterTime, @AfterId)",
        PlaceOf = conversation => new(conversation.LastMessageAt, conversation.Id),
    };

    /// <summary>The inbox: conversations, for staff those of their contacts and those assigned to them; the latest message first.</summary>
    /// <remarks>Pages by <c>page</c> or, at the same cost however deep, by <c>cursor</c> (default order only).</remarks>
    [Function("ListConversations"), Tags("Inbox"), Allow(Permission.ReadInbox)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "inbox/conversations")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("lastMessageAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var scope = caller.Scope;
        var isUnassigned = string.Equals(filter.AssigneeId, "unassigned", StringComparison.OrdinalIgnoreCase);
        Guid? assignee = string.Equals(filter.AssigneeId, "me", StringComparison.OrdinalIgnoreCase) ? caller.UserId
            : Guid.TryParse(filter.AssigneeId, out var id) ? id
            : null;
        if (!isUnassigned && assignee is null && !string.IsNullOrWhiteSpace(filter.AssigneeId))
            return Error.Invalid("assigneeId", "assigneeId must be a user's id, me or unassigned.");
        var search = SearchTerm.Of(filter.Search);
        var criteria = new Criteria(
            QueryList.Words(filter.Status), filter.Type?.ToLowerInvariant(), assignee, QueryList.Of(filter.Tags), filter.ContactId,
            search?.Pattern, search?.WordPattern);
        var where = Where(scope, filter, criteria, isUnassigned);
        var isPlain = scope.OwnerId is null && where == Where(scope, new(), new(null, null, null, null, null, null, null), false);
        var page = await List.Read(db, totals, scope, paging, where, criteria, isPlain, ct);
        return new Response(page.Rows, page.Meta, await InboxCounts.Of(db, scope, caller.UserId, ct));
    }

    // Only the conditions that are asked for are written: "@X is null or …" would hide the indexes from a plan made for all values.
    private static string Where(Scope scope, Filter filter, Criteria args, bool isUnassigned) =>
        "where v.organization_id = @OrganizationId"
        + (scope.OwnerId is null ? "" : "\n  and (v.assignee_id = @OwnerId or v.owner_id = @OwnerId)")
        + (args.Statuses switch { null => "", [_] => "\n  and v.status = @Statuses[1]", _ => "\n  and v.status = any(@Statuses)" })
        + (args.Type is null ? "" : "\n  and v.type = @Type")
        + (isUnassigned ? "\n  and v.assignee_id is null" : "")
        + (args.AssigneeId is null ? "" : "\n  and v.assignee_id = @AssigneeId")
        + (args.Tags is null
            ? ""
            : string.Equals(filter.TagsMode, "all", StringComparison.OrdinalIgnoreCase) ? "\n  and v.tags @> @Tags" : "\n  and v.tags && @Tags")
        + (filter.Unread switch { null => "", true => "\n  and v.unread_count > 0", false => "\n  and v.unread_count = 0" })
        + (args.ContactId is null ? "" : $"\n  and v.contact_id = {ContactAccess.StandsFor}")
        + (args.Pattern is null
            ? ""
            : "\n  and v.contact_id in (select c.id from contacts_of_caller c where c.organization_id = @OrganizationId and "
                + (args.WordPattern is null ? "c.search_text like @Pattern)" : "(c.search_text like @Pattern or c.search_text like @WordPattern))"));
}

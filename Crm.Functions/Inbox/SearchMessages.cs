using Crm.Functions.Auth;
using Crm.Functions.Contacts;
using Crm.Shared.Database;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Inbox;

public static class SearchMessages
{
    /// <summary>More words find nothing that fewer do not.</summary>
    private const int MostWords = 8;

    [ValidatableType]
    public sealed record Filter
    {
        /// <summary>Words that must all be in the subject or the text; one or two letters: a word's beginning.</summary>
        [FromQuery]
        [Text(200)]
        public string? Search { get; init; }

        /// <summary>email or sms.</summary>
        [FromQuery]
        [OneOf("email", "sms")]
        public string? Type { get; init; }

        /// <summary>inbound or outbound.</summary>
        [FromQuery]
        [OneOf("inbound", "outbound")]
        public string? Direction { get; init; }

        /// <summary>Messages with this contact.</summary>
        [FromQuery]
        public Guid? ContactId { get; init; }
    }

    public sealed record Response(IReadOnlyList<Message> Messages, PageMeta Meta);

    private sealed record Criteria(string? Type, string? Direction, Guid? ContactId, string[] Patterns, string?[] WordPatterns);

    private static readonly PagedList<Message> List = new()
    {
        Table = "messages",
        Alias = "m",
        Columns = Message.Columns,
        Joins = Message.Joins,
        Orders = [new("createdAt", "m.created_at desc, m.id desc", "m.created_at, m.id")],
        After = "(m.created_at, m.id) < (@AfterTime, @AfterId)",
        PlaceOf = message => new(message.CreatedAt, message.Id),
    };

    /// <summary>Messages, for staff those of their own conversations; newest first.</summary>
    /// <remarks>Notes among colleagues are found too. The html and what came along are with the single message.</remarks>
    [Function("SearchMessages"), Tags("Inbox"), Allow(Permission.ReadInbox)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "messages")] HttpRequest http,
        [AsParameters] Filter filter, [Pages("createdAt", ByCursor = true)] Paging paging, Caller caller, Db db, Totals totals, CancellationToken ct)
    {
        var scope = caller.Scope;
        var terms = (filter.Search ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(SearchTerm.Of).OfType<SearchTerm>().Take(MostWords).ToArray();
        var criteria = new Criteria(
            filter.Type?.ToLowerInvariant(), filter.Direction?.ToLowerInvariant(), filter.ContactId,
            [.. terms.Select(term => term.Pattern)], [.. terms.Select(term => term.WordPattern)]);
        var page = await List.Read(db, totals, scope, paging, Where(scope, filter, terms), criteria, isPlain: false, ct);
        return new Response(page.Rows, page.Meta);
    }

    private static string Where(Scope scope, Filter filter, SearchTerm[] terms) =>
        "where m.organization_id = @OrganizationId"
        + (scope.OwnerId is null ? "" : $"""

              and m.conversation_id in (
                  select v.id
                  from conversations_of_caller v
                  where v.organization_id = @OrganizationId and (v.assignee_id = @OwnerId or v.owner_id = @OwnerId))
            """)
        + (filter.Type is null ? "" : "\n  and m.type = @Type")
        + (filter.Direction is null ? "" : "\n  and m.direction = @Direction")
        + (filter.ContactId is null ? "" : $"\n  and m.contact_id = {ContactAccess.StandsFor}")
        + string.Concat(terms.Select((term, index) => term.WordPattern is null
            ? $"\n  and m.search_text like @Patterns[{index + 1}]"
            : $"\n  and (m.search_text like @Patterns[{index + 1}] or m.search_text like @WordPatterns[{index + 1}])"));
}

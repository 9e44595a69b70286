using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class CountUnread
{
    /// <param name="UnreadCount">Unread messages, of the latest 1,000 conversations that have some.</param>
    /// <param name="Conversations">How many conversations have some; 1,000 stands for more.</param>
    public sealed record Response(int UnreadCount, int Conversations);

    private const string AllSql = $"""
        select coalesce(sum(unread_count), 0)::int as unread_count, count(*)::int as conversations
        from ({UnreadMessages.AllSql}) latest
        """;

    private const string OwnSql = $"""
        select coalesce(sum(unread_count), 0)::int as unread_count, count(*)::int as conversations
        from ({UnreadMessages.OwnSql}) latest
        """;

    /// <summary>How many messages wait to be read, for staff in their own conversations.</summary>
    [Function("CountUnread"), Tags("Inbox"), Allow(Permission.ReadInbox)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "inbox/unread-count")] HttpRequest http, Caller caller, Db db, CancellationToken ct) =>
        (await db.Search<Response>(caller.Scope, caller.Scope.OwnerId is null ? AllSql : OwnSql, null, ct))[0];
}

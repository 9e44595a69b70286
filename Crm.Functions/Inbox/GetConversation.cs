using Crm.Functions.Auth;
using Crm.Shared.Database;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

public static class GetConversation
{
    private const int DefaultLimit = 50;

    /// <param name="Conversation">The conversation.</param>
    /// <param name="Messages">Its latest messages, or those before <c>messagesBefore</c>; the oldest of them first.</param>
    /// <param name="HasMore">Whether there are older ones.</param>
    /// <param name="NextCursor">Give it as <c>messagesBefore</c> for those; null when there are none.</param>
    public sealed record Response(Conversation Conversation, IReadOnlyList<MessageDetail> Messages, bool HasMore, string? NextCursor);

    private const string FromSql = $"""
        select {MessageDetail.DetailColumns}
        from (
            select *
            from messages
            where organization_id = @OrganizationId and conversation_id = @ConversationId
        """;

    private const string BeforeSql = "\n      and (created_at, id) < (@BeforeTime, @BeforeId)";

    private const string OrderSql = $"""

            order by created_at desc, id desc
            limit @Size) m
        {Message.Joins}
        where m.organization_id = @OrganizationId
        order by m.created_at desc, m.id desc
        """;

    /// <summary>One conversation with its latest messages.</summary>
    /// <remarks>
    /// Reading does not mark it as read: PATCH it with <c>{"isRead": true}</c>. The id of one that became part of another, when their contacts were merged,
    /// answers with that one. The <c>ETag</c> is the conversation's version.
    /// </remarks>
    /// <param name="messagesBefore">The nextCursor of an earlier answer: the messages before those.</param>
    /// <param name="limit">How many messages, 50 by default and 100 at most.</param>
    [Function("GetConversation"), Tags("Inbox"), Allow(Permission.ReadInbox)]
    public static async Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "get", Route = "inbox/conversations/{id:guid}")] HttpRequest http,
        Guid id, string? messagesBefore, int? limit, Caller caller, Db db, FileStore store, CancellationToken ct)
    {
        if (limit < 1)
            return Error.Invalid("limit", "limit must be a whole number from 1.");
        var before = Before(messagesBefore);
        var scope = caller.Scope;
        if (await db.Find<Conversation>(scope, Conversation.ByIdSql, new { Id = id }, ct) is not { } conversation)
            return await ConversationRow.Refusal(db, scope, id, ct);

        var size = Math.Min(limit ?? DefaultLimit, Paging.LargestSize);
        var read = await db.List<MessageDetail>(
            scope, FromSql + (before is null ? "" : BeforeSql) + OrderSql,
            new { ConversationId = conversation.Id, BeforeTime = before?.Time, BeforeId = before?.Id, Size = size + 1 }, ct);
        var (rows, next) = Cursor.Cut(read, size, message => new(message.CreatedAt, message.Id));
        var messages = rows.Reverse().Select(message => message.With(store)).ToArray();
        return Reply<Response>.Live(new(conversation, messages, next is not null, next), conversation.Version);
    }

    private static Cursor? Before(string? text)
    {
        try
        {
            return Cursor.Read(string.IsNullOrWhiteSpace(text) ? null : text);
        }
        catch (InvalidInputException)
        {
            throw new InvalidInputException("messagesBefore", "messagesBefore must be the nextCursor of an earlier answer.");
        }
    }
}

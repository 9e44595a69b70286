using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class MarkMessage
{
    /// <summary>Whether a message was read, in one way or the other.</summary>
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { IsRead = true };

        /// <summary>Whether it was read.</summary>
        public Optional<bool> IsRead { get; init; }

        /// <summary>read or unread: another way to write isRead. How far a message was delivered is not for clients to say.</summary>
        [Needed, OneOf("read", "unread")]
        public Optional<string> Status { get; init; }
    }

    // Every message of a conversation changes under its lock: so the count stays right.
    private const string ConversationSql = $"""
        select v.id
        from conversations v
        where v.organization_id = @OrganizationId
          and v.id = (select conversation_id from messages where organization_id = @OrganizationId and id = @Id)
          and {Conversation.IsOwn}
        for update
        """;

    private const string MarkSql = """
        with marked as (
            update messages
            set is_read = @IsRead, read_at = case when @IsRead then @Now end
            where organization_id = @OrganizationId
              and id = @Id
              and is_read <> @IsRead
            returning 1)
        update conversations
        set unread_count = unread_count + case when @IsRead then -1 else 1 end, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @ConversationId
          and exists (select from marked)
        """;

    /// <summary>Marks an inbound message as read or unread.</summary>
    /// <remarks>The conversation's unreadCount follows.</remarks>
    [Function("MarkMessage"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Reply<MessageDetail>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "messages/{id:guid}")] Request request, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<MessageDetail>>(caller.Scope, async tx =>
        {
            var given = request.Status.IsSet ? string.Equals(request.Status.Value, "read", StringComparison.OrdinalIgnoreCase) : request.IsRead.Value;
            if (request.IsRead.IsSet && request.IsRead.Value != given)
                return Error.Invalid("isRead", "isRead and status contradict each other: send one of them.");
            // A merge may take the message to another conversation while its own is waited for.
            if ((await tx.Find<Guid?>(ConversationSql, new { Id = id }) ?? await tx.Find<Guid?>(ConversationSql, new { Id = id })) is null)
                return await Access.Refusal(tx, Owned.Message, id, Errors.MessageNotFound);
            return await Mark(tx, id, given);
        }, ct);

    private static async Task<Reply<MessageDetail>> Mark(DbTransaction tx, Guid id, bool isRead)
    {
        var message = (await tx.Find<MessageDetail>(MessageDetail.ByIdSql, new { Id = id }))!;
        if (message.Direction != "inbound")
            return Error.Invalid("isRead", "Only what a contact wrote can be marked as read or unread.");
        if (message.IsRead == isRead)
            return message;
        await tx.Execute(MarkSql, new { Id = id, message.ConversationId, IsRead = isRead, tx.Now });
        return (await tx.Find<MessageDetail>(MessageDetail.ByIdSql, new { Id = id }))!;
    }
}

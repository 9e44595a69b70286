using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Functions.Files;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class CancelMessage
{
    public sealed record Response(Guid Id);

    // Once it was claimed, or is due, it may be on its way. The ledger's row goes first: whoever sends it locks that.
    private const string DeliverySql = $"""
        delete from deliveries d
        using messages m, conversations v
        where d.organization_id = @OrganizationId
          and d.id = @Id
          and d.state = 'pending'
          and d.call_id is null
          and d.not_before > @Now
          and m.organization_id = d.organization_id and m.id = d.id and m.send_at is not null
          and v.organization_id = m.organization_id and v.id = m.conversation_id
          and {Conversation.IsOwn}
        returning true
        """;

    private const string LockSql = """
        select id
        from conversations
        where organization_id = @OrganizationId
          and id = (select conversation_id from messages where organization_id = @OrganizationId and id = @Id)
        for update
        """;

    private const string MessageSql = """
        with files as (
            delete from message_attachments
            where organization_id = @OrganizationId
              and message_id = @Id
            returning true),
        message as (
            delete from messages
            where organization_id = @OrganizationId
              and id = @Id)
        select count(*)
        from files
        """;

    private const string ConversationSql = """
        update conversations v
        set last_message_id = @LatestId, last_message_at = coalesce(@LatestAt, v.created_at), last_preview = @Preview, last_direction = @Direction,
            updated_at = @Now, version = v.version + 1
        where v.organization_id = @OrganizationId
          and v.id = @ConversationId
          and v.last_message_id = @Id
        """;

    private sealed record Latest(Guid Id, DateTimeOffset CreatedAt, string Content, string Direction);

    private const string LatestSql = """
        select id, created_at, content, direction
        from messages
        where organization_id = @OrganizationId
          and conversation_id = @ConversationId
          and not is_internal_note
        order by created_at desc, id desc
        limit 1
        """;

    private const string StillSql = $"""
        select true
        from messages m
        join conversations v on v.organization_id = m.organization_id and v.id = m.conversation_id
        where m.organization_id = @OrganizationId
          and m.id = @Id
          and {Conversation.IsOwn}
        """;

    /// <summary>Cancels a message that waits for its sendAt: it is gone, with its files.</summary>
    /// <remarks>409 once it is due.</remarks>
    /// <param name="id" example="01990000-0000-7000-8000-400000000009">The message.</param>
    [Function("CancelMessage"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Reply<Response>> Handle(
        [HttpTrigger(Anonymous, "delete", Route = "messages/{id:guid}")] HttpRequest http, Guid id, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Response>>(caller.Scope, async tx =>
        {
            if (!await tx.Find<bool>(DeliverySql, new { Id = id, tx.Now }))
                return await tx.Find<bool>(StillSql, new { Id = id })
                    ? Errors.MessageSent
                    : await Access.Refusal(tx, Owned.Message, id, Errors.MessageNotFound);
            var conversationId = await tx.Find<Guid>(LockSql, new { Id = id });
            var files = await tx.Find<long>(MessageSql, new { Id = id });
            var latest = await tx.Find<Latest>(LatestSql, new { ConversationId = conversationId });
            await tx.Execute(ConversationSql, new
            {
                Id = id,
                ConversationId = conversationId,
                LatestId = latest?.Id,
                LatestAt = latest?.CreatedAt,
                Preview = latest is null ? null : Preview.Of(latest.Content),
                latest?.Direction,
                tx.Now,
            });
            await tx.Audit(caller.UserId, "message.cancelled", "message", id);
            if (files > 0)
                await StoredFiles.Release(tx, [id], ["attachment"]);
            return new Response(id);
        }, ct);
}

using Crm.Functions.Audit;
using Crm.Functions.Auth;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

public static class UpdateConversation
{
    [ValidatableType]
    public sealed record Request : IPatch
    {
        public static Request Example => new() { Status = "pending", IsRead = true };

        /// <summary>open, pending, closed or snoozed.</summary>
        [Needed, ConversationStatus]
        public Optional<string> Status { get; init; }

        /// <summary>When it opens again; given without a status it snoozes. A bare date means the start of that day.</summary>
        public Optional<ClientTime?> SnoozedUntil { get; init; }

        /// <summary>true marks all messages as read; false marks the latest inbound one as unread.</summary>
        public Optional<bool> IsRead { get; init; }
    }

    private const string StatusSql = """
        update conversations
        set status = @Status, snoozed_until = @Until::timestamptz, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    private const string ReadSql = """
        with marked as (
            update messages
            set is_read = true, read_at = @Now
            where organization_id = @OrganizationId and conversation_id = @Id and not is_read)
        update conversations
        set unread_count = 0, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
        """;

    private const string UnreadSql = """
        with marked as (
            update messages
            set is_read = false, read_at = null
            where organization_id = @OrganizationId
              and id = (
                  select id
                  from messages
                  where organization_id = @OrganizationId and conversation_id = @Id and direction = 'inbound'
                  order by created_at desc, id desc
                  limit 1)
            returning 1)
        update conversations
        set unread_count = 1, updated_at = @Now, version = version + 1
        where organization_id = @OrganizationId
          and id = @Id
          and exists (select from marked)
        """;

    /// <summary>Closes, opens or snoozes a conversation, and marks it as read or unread.</summary>
    /// <remarks>
    /// A snoozed one opens at its time, and as a closed one does when the contact writes. With <c>If-Match</c> the change happens only to that version, else
    /// 409 VERSION_CONFLICT.
    /// </remarks>
    [Function("UpdateConversation"), Tags("Inbox"), Allow(Permission.WriteInbox)]
    public static Task<Reply<Conversation>> Handle(
        [HttpTrigger(Anonymous, "patch", Route = "inbox/conversations/{id:guid}")] Request request,
        Guid id, HttpContext context, Caller caller, Db db, CancellationToken ct) =>
        db.Transaction<Reply<Conversation>>(caller.Scope, async tx =>
        {
            var (row, refusal) = await ConversationRow.Lock(tx, id);
            if (refusal is not null)
                return refusal;
            if (Etag.Conflict(context, row!.Version) is { } conflict)
                return conflict;
            var (status, until, fault) = Status(request, row, caller, tx.Now);
            if (fault is not null)
                return fault;

            if (status != row.Status || until != row.SnoozedUntil)
            {
                await tx.Execute(StatusSql, new { row.Id, Status = status, Until = until, tx.Now });
                await tx.Audit(caller.UserId, "conversation.updated", "conversation", row.Id, new { status, until });
            }

            if (request.IsRead is { IsSet: true, Value: true } && row.UnreadCount > 0)
                await tx.Execute(ReadSql, new { row.Id, tx.Now });
            else if (request.IsRead is { IsSet: true, Value: false } && row.UnreadCount == 0)
                await tx.Execute(UnreadSql, new { row.Id, tx.Now });
            var conversation = (await tx.Find<Conversation>(Conversation.ByIdSql, new { row.Id }))!;
            return Reply<Conversation>.Versioned(conversation, conversation.Version);
        }, ct);

    private static (string Status, DateTimeOffset? Until, Error? Fault) Status(Request request, ConversationRow row, Caller caller, DateTimeOffset now)
    {
        var given = request.SnoozedUntil.IsSet ? request.SnoozedUntil.Value?.In(caller.Zone) : null;
        var status = request.Status.IsSet ? request.Status.Value.ToLowerInvariant() : given is null ? row.Status : "snoozed";
        if (status != "snoozed")
        {
            return given is null
                ? (status, null, null)
                : (status, null, Error.Invalid("snoozedUntil", "snoozedUntil belongs to the status snoozed: leave it out, or snooze."));
        }

        var until = request.SnoozedUntil.IsSet ? given : row.SnoozedUntil;
        return until > now || until is not null && until == row.SnoozedUntil
            ? (status, until, null)
            : (status, until, Error.Invalid("snoozedUntil", "snoozedUntil must be a time to come: it is when the conversation opens again."));
    }
}

using System.Security.Cryptography;
using Crm.Shared.Database;

namespace Crm.Functions.Inbox;

/// <summary>A conversation as it is before a change, locked until the transaction ends.</summary>
internal sealed record ConversationRow
{
    private const string TokenLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int TokenLength = 24;

    public required Guid Id { get; init; }
    public required Guid ContactId { get; init; }
    public required string Type { get; init; }
    public required string Status { get; init; }
    public DateTimeOffset? SnoozedUntil { get; init; }
    public string? Subject { get; init; }
    public Guid? AssigneeId { get; init; }
    public Guid? OwnerId { get; init; }
    public string[] Tags { get; init; } = [];
    public required int UnreadCount { get; init; }
    public required int Version { get; init; }

    private const string Columns = """
        v.id, v.contact_id, v.type, v.status, v.snoozed_until, v.subject, v.assignee_id, v.owner_id, v.tags, v.unread_count, v.version
        """;

    private const string LockSql = $"""
        select {Columns}
        from conversations v
        where v.organization_id = @OrganizationId
          and v.id = {Conversation.StandsFor}
          and {Conversation.IsOwn}
        for update
        """;

    private const string StandsForSql = $"select {Conversation.StandsFor} as id from organizations o where o.id = @OrganizationId";

    // Of two who begin it at once the second waits here for the first, holding nothing that the first needs.
    private const string OpenSql = """
        insert into conversations (organization_id, id, contact_id, type, reply_token, last_message_at, created_at, updated_at)
        values (@OrganizationId, @Id, @ContactId, @Type, @ReplyToken, @Now, @Now, @Now)
        on conflict (organization_id, contact_id, type) do nothing
        returning id
        """;

    private const string BegunSql = """
        select id
        from conversations
        where organization_id = @OrganizationId
          and contact_id = @ContactId
          and type = @Type
        """;

    // The contact is held from now on: whoever changes its owner later finds the conversation.
    private const string OwnSql = $"""
        with contact as (
            select id, owner_id
            from contacts
            where organization_id = @OrganizationId
              and id = @ContactId
              and merged_into is null
            for no key update)
        update conversations v
        set owner_id = contact.owner_id
        from contact
        where v.organization_id = @OrganizationId
          and v.id = @Id
        returning {Columns}
        """;

    /// <summary>The conversation, locked, or why the caller is refused.</summary>
    public static async Task<(ConversationRow? Row, Error? Fault)> Lock(DbTransaction tx, Guid id)
    {
        // One that became part of another while its row was waited for stands for that one now.
        var row = await tx.Find<ConversationRow>(LockSql, new { Id = id }) ?? await tx.Find<ConversationRow>(LockSql, new { Id = id });
        return row is not null
            ? (row, null)
            : (null, await Access.Refusal(tx, Owned.Conversation, await tx.Find<Guid>(StandsForSql, new { Id = id }), Errors.ConversationNotFound));
    }

    /// <summary>Why the scope does not hold a conversation.</summary>
    public static async Task<Error> Refusal(Db db, Scope scope, Guid id, CancellationToken ct) =>
        await Access.Refusal(
            db, scope, Owned.Conversation, await db.Find<Guid>(scope, StandsForSql, new { Id = id }, ct), Errors.ConversationNotFound, ct);

    /// <summary>The one conversation with a contact on a channel, locked before the contact: the one that is known, or a new one.</summary>
    public static async Task<(ConversationRow? Row, Error? Fault)> With(DbTransaction tx, Guid contactId, string type, Guid? known)
    {
        if (known is { } id)
            return await Lock(tx, id);
        var opened = await tx.Find<Guid?>(OpenSql, new
        {
            Id = Guid.CreateVersion7(tx.Now),
            ContactId = contactId,
            Type = type,
            ReplyToken = NewReplyToken(),
            tx.Now,
        });
        if (opened is null)
            return await Lock(tx, await tx.Find<Guid>(BegunSql, new { ContactId = contactId, Type = type }));
        return await tx.Find<ConversationRow>(OwnSql, new { Id = opened, ContactId = contactId }) is { } row
            ? (row, null)
            : throw new MovedOnException("The contact became part of another.");
    }

    /// <summary>What the address of its answers holds.</summary>
    public static string NewReplyToken() => RandomNumberGenerator.GetString(TokenLetters, TokenLength);
}

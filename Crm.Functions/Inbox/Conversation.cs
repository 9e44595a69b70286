namespace Crm.Functions.Inbox;

/// <summary>All messages with one contact on one channel.</summary>
public sealed record Conversation
{
    public required Guid Id { get; init; }
    public required Guid ContactId { get; init; }
    public ConversationContact Contact => new(ContactId, ContactName, ContactEmail, ContactPhone, ContactAvatar);

    /// <summary>email or sms.</summary>
    public required string Type { get; init; }

    /// <summary>open, pending, closed or snoozed.</summary>
    public required string Status { get; init; }

    /// <summary>When a snoozed one opens again.</summary>
    public DateTimeOffset? SnoozedUntil { get; init; }

    /// <summary>The subject of the latest mail.</summary>
    public string? Subject { get; init; }

    /// <summary>The user who takes care of it.</summary>
    public Guid? AssigneeId { get; init; }
    public OwnerBrief? Assignee => AssigneeId is { } id && AssigneeFirstName is not null ? new(id, AssigneeFirstName, AssigneeLastName ?? "") : null;
    public string[] Tags { get; init; } = [];

    /// <summary>Inbound messages that nobody has read yet.</summary>
    public required int UnreadCount { get; init; }

    /// <summary>The latest message that is no note; null when there is none.</summary>
    public LastMessage? LastMessage => LastMessageId is { } id ? new(id, LastPreview ?? "", LastDirection ?? "", LastMessageAt) : null;
    public required DateTimeOffset LastMessageAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change, new messages included; the <c>ETag</c> of a single conversation.</summary>
    public required int Version { get; init; }

    internal string ContactName { get; init; } = "";
    internal string? ContactEmail { get; init; }
    internal string? ContactPhone { get; init; }
    internal string? ContactAvatar { get; init; }
    internal string? AssigneeFirstName { get; init; }
    internal string? AssigneeLastName { get; init; }
    internal Guid? LastMessageId { get; init; }
    internal string? LastPreview { get; init; }
    internal string? LastDirection { get; init; }

    /// <summary>The columns of <c>conversations v</c> with <see cref="Joins"/>.</summary>
    public const string Columns = """
        v.id, v.contact_id, c.name as contact_name, c.email as contact_email, c.phone as contact_phone, c.avatar as contact_avatar, v.type, v.status,
        v.snoozed_until, v.subject, v.assignee_id, a.first_name as assignee_first_name, a.last_name as assignee_last_name, v.tags, v.unread_count,
        v.last_message_id, v.last_preview, v.last_direction, v.last_message_at, v.created_at, v.updated_at, v.version
        """;

    public const string Joins = """
        join contacts c on c.organization_id = v.organization_id and c.id = v.contact_id
        left join users a on a.organization_id = v.organization_id and a.id = v.assignee_id
        """;

    /// <summary>In SQL, whether the scope holds the conversation <c>v</c>: staff's own are those of their contacts, and those assigned to them.</summary>
    public const string IsOwn = "(@OwnerId::uuid is null or v.assignee_id = @OwnerId or v.owner_id = @OwnerId)";

    /// <summary>In SQL, the id that <c>@Id</c> stands for now: another one's, when it became part of that.</summary>
    public const string StandsFor = """
        coalesce((select conversation_id from conversation_aliases where organization_id = @OrganizationId and id = @Id), @Id)
        """;

    /// <summary>One conversation by id, within the caller's scope.</summary>
    public const string ByIdSql = $"""
        select {Columns}
        from conversations v
        {Joins}
        where v.organization_id = @OrganizationId
          and v.id = {StandsFor}
          and {IsOwn}
        """;
}

/// <summary>Whom a conversation is with.</summary>
public sealed record ConversationContact(Guid Id, string Name, string? Email, string? Phone, string? Avatar);

/// <summary>The latest message of a conversation.</summary>
/// <param name="Id">The message.</param>
/// <param name="Preview">Its first words, without what it quotes.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="CreatedAt">When it was written or came.</param>
public sealed record LastMessage(Guid Id, string Preview, string Direction, DateTimeOffset CreatedAt);

using System.Text.Json.Serialization;
using Crm.Functions.Files;
using Crm.Shared.Integrations.S3;

namespace Crm.Functions.Inbox;

/// <summary>A mail or text message from or to a contact, or a note among colleagues.</summary>
public record Message
{
    public required Guid Id { get; init; }
    public required Guid ConversationId { get; init; }
    public required Guid ContactId { get; init; }

    /// <summary>inbound or outbound.</summary>
    public required string Direction { get; init; }

    /// <summary>email or sms.</summary>
    public required string Type { get; init; }

    /// <summary>Whether it is a note among colleagues: such a one is never sent.</summary>
    public required bool IsInternalNote { get; init; }

    /// <summary>Of one to the contact pending, sent, delivered, opened, clicked, bounced, failed or suppressed; else received or note.</summary>
    public required string Status { get; init; }

    /// <summary>Of a mail.</summary>
    public string? Subject { get; init; }

    /// <summary>The text, as it was sent or came, with all it quotes.</summary>
    public required string Content { get; init; }

    /// <summary>The template it was made from.</summary>
    public Guid? TemplateId { get; init; }

    /// <summary>The colleague who wrote it.</summary>
    public OwnerBrief? Author => AuthorId is { } id && AuthorFirstName is not null ? new(id, AuthorFirstName, AuthorLastName ?? "") : null;

    /// <summary>The address or number it came from: that of an inbound one may be another than the contact's.</summary>
    public string? From { get; init; }

    /// <summary>The address or number it went to.</summary>
    public string? To { get; init; }

    /// <summary>Of a text message: how many the network makes of it.</summary>
    public int? Segments { get; init; }

    /// <summary>When it is to be sent; null: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Whether somebody here has read it; what is not inbound is read.</summary>
    public required bool IsRead { get; init; }

    /// <summary>When it was read: an inbound one here, an outbound one by the contact.</summary>
    public DateTimeOffset? ReadAt { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    internal Guid? AuthorId { get; init; }
    internal string? AuthorFirstName { get; init; }
    internal string? AuthorLastName { get; init; }

    /// <summary>The columns of <c>messages m</c> with <see cref="Joins"/>.</summary>
    public const string Columns = """
        m.id, m.conversation_id, m.contact_id, m.direction, m.type, m.is_internal_note,
        case when m.is_internal_note then 'note' when m.direction = 'inbound' then 'received' when d.status = 'unsubscribed' then 'opened'
             else coalesce(d.status, 'pending') end as status,
        m.subject, m.content, m.template_id, m.author_id, u.first_name as author_first_name, u.last_name as author_last_name,
        m.from_address as from, coalesce(d.address, m.to_address) as to, m.segments, m.send_at, m.is_read,
        case m.direction when 'inbound' then m.read_at else d.opened_at end as read_at, d.sent_at, d.delivered_at, m.created_at
        """;

    public const string Joins = """
        left join deliveries d on d.organization_id = m.organization_id and d.id = m.id
        left join users u on u.organization_id = m.organization_id and u.id = m.author_id
        """;
}

/// <summary>A single message, with all that search results leave out.</summary>
public sealed record MessageDetail : Message
{
    /// <summary>The html of a mail, cleaned of all that could run. Show it in a frame without rights: <c>&lt;iframe sandbox&gt;</c>.</summary>
    [JsonPropertyOrder(1)]
    public string? HtmlContent { get; init; }

    /// <summary>Why it could not be sent.</summary>
    [JsonPropertyOrder(1)]
    public string? Error { get; init; }

    /// <summary>What the provider calls it.</summary>
    [JsonPropertyOrder(1)]
    public string? ProviderId { get; init; }

    /// <summary>What came or goes with it.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<Attachment> Attachments => [.. MessageFile.Read(Files).Select(file => Attachment.Of(file, Store))];

    internal string? Files { get; init; }
    private FileStore? Store { get; init; }

    /// <summary>With addresses at which those of its files that are kept can be downloaded for a while.</summary>
    public MessageDetail With(FileStore store) => this with { Store = store };

    public const string DetailColumns = $"""
        {Columns}, m.html_content, coalesce(d.error, d.skip_reason) as error, d.provider_id,
        {MessageFile.OfMessageSql} as files
        """;

    /// <summary>One message by id, within the caller's scope: that of its conversation.</summary>
    public const string ByIdSql = $"""
        select {DetailColumns}
        from messages m
        join conversations v on v.organization_id = m.organization_id and v.id = m.conversation_id
        {Joins}
        where m.organization_id = @OrganizationId
          and m.id = @Id
          and {Conversation.IsOwn}
        """;
}

namespace Crm.Functions.Notifications;

/// <summary>Something a user is told.</summary>
public sealed record Notification
{
    public required Guid Id { get; init; }

    /// <summary>
    /// What happened: message.received, conversation.assigned, campaign.finished, campaign.paused, invoice.overdue or webhook_endpoint.disabled.
    /// </summary>
    public required string Type { get; init; }

    /// <summary>The same in words.</summary>
    public required string Title { get; init; }

    /// <summary>More about it.</summary>
    public string? Body { get; init; }

    /// <summary>What a click on it opens: conversation, campaign, invoice or webhook_endpoint.</summary>
    public string? EntityType { get; init; }
    public Guid? EntityId { get; init; }

    /// <summary>Whether the user has seen it.</summary>
    public bool IsRead => ReadAt is not null;
    public DateTimeOffset? ReadAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Columns = "n.id, n.type, n.title, n.body, n.entity_type, n.entity_id, n.read_at, n.created_at";
}

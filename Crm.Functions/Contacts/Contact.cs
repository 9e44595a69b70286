using System.Text.Json;

namespace Crm.Functions.Contacts;

/// <summary>A contact, as clients see it.</summary>
public record Contact
{
    public required Guid Id { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }

    /// <summary>The full name, or what else there is to call the contact by.</summary>
    public required string Name { get; init; }
    public string? Email { get; init; }

    /// <summary>In E.164.</summary>
    public string? Phone { get; init; }
    public string? Company { get; init; }
    public string? JobTitle { get; init; }

    /// <summary>lead, prospect, customer, active or inactive.</summary>
    public required string Status { get; init; }
    public string? Source { get; init; }
    public string[] Tags { get; init; } = [];
    public string? Avatar { get; init; }
    public string? Address { get; init; }
    public string? Notes { get; init; }
    public JsonElement CustomFields { get; init; }
    public Guid? OwnerId { get; init; }
    public OwnerBrief? Owner => OwnerId is { } id && OwnerFirstName is not null ? new(id, OwnerFirstName, OwnerLastName ?? "") : null;
    public bool UnsubscribedEmail { get; init; }
    public bool UnsubscribedSms { get; init; }
    public DateTimeOffset? LastActivityAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single contact.</summary>
    public required int Version { get; init; }

    internal string? OwnerFirstName { get; init; }
    internal string? OwnerLastName { get; init; }

    public const string Columns = """
        c.id, c.first_name, c.last_name, c.name, c.email, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.avatar, c.address, c.notes,
        c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms, c.last_activity_at, c.created_at, c.updated_at, c.version,
        u.first_name as owner_first_name, u.last_name as owner_last_name
        """;

    /// <summary>One contact by id, within the caller's scope.</summary>
    public const string ByIdSql = $"""
        select {Columns}
        from contacts c
        left join users u on u.organization_id = c.organization_id and u.id = c.owner_id
        where c.organization_id = @OrganizationId
          and c.id = @ContactId
          and c.merged_into is null
          and (@OwnerId::uuid is null or c.owner_id = @OwnerId)
        """;
}

using System.Text.Json;

namespace Crm.Functions.Contacts;

/// <summary>What a change of a contact can touch, and its timeline shows.</summary>
internal record ContactFields
{
    /// <summary>Labels a contact may have.</summary>
    public const int MostTags = 50;

    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Company { get; init; }
    public string? JobTitle { get; init; }
    public required string Status { get; init; }
    public string? Source { get; init; }
    public required string[] Tags { get; init; }
    public string? Address { get; init; }
    public string? Notes { get; init; }
    public JsonElement CustomFields { get; init; }
    public Guid? OwnerId { get; init; }
    public bool UnsubscribedEmail { get; init; }
    public bool UnsubscribedSms { get; init; }

    public const string Columns = """
        c.first_name, c.last_name, c.email, c.phone, c.company, c.job_title, c.status, c.source, c.tags, c.address, c.notes,
        c.custom_fields, c.owner_id, c.unsubscribed_email, c.unsubscribed_sms
        """;
}

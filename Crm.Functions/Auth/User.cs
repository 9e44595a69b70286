using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Functions.Auth;

/// <summary>A member of an organisation, as clients see them.</summary>
public record User
{
    public required Guid Id { get; init; }
    public required string Email { get; init; }
    public required string FirstName { get; init; }
    public required string LastName { get; init; }
    public string Name => $"{FirstName} {LastName}".Trim();
    public required string Role { get; init; }
    public required string Status { get; init; }
    public string? Avatar { get; init; }
    public string? Phone { get; init; }
    public string? Timezone { get; init; }
    public required string Language { get; init; }
    public JsonElement Preferences { get; init; }
    public required Guid OrganizationId { get; init; }
    public DateTimeOffset? LastLoginAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public const string Columns = """
        u.id, u.email, u.first_name, u.last_name, u.role, u.status, u.avatar, u.phone, u.timezone, u.language, u.preferences,
        u.organization_id, u.last_login_at, u.created_at
        """;
}

/// <summary>A user together with the organisation they work in.</summary>
public sealed record Account : User
{
    [JsonPropertyOrder(1)]
    public OrganizationBrief Organization => new(OrganizationId, OrganizationName, OrganizationTimezone, OrganizationCurrency, OrganizationLogo);

    internal string OrganizationName { get; init; } = "";
    internal string OrganizationTimezone { get; init; } = "";
    internal string OrganizationCurrency { get; init; } = "";
    internal string? OrganizationLogo { get; init; }

    /// <summary>Selects accounts; a caller adds its own <c>where</c>.</summary>
    public const string Select = $"""
        select {Columns}, o.name organization_name, o.timezone organization_timezone, o.currency organization_currency, o.logo organization_logo
        from users u
        join organizations o on o.id = u.organization_id
        """;
}

/// <summary>An organisation, in short.</summary>
public sealed record OrganizationBrief(Guid Id, string Name, string Timezone, string Currency, string? Logo);

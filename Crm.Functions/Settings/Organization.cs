using System.Text.Json;

namespace Crm.Functions.Settings;

/// <summary>The caller's organisation, as its members see it.</summary>
public sealed record Organization
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public string? Industry { get; init; }

    /// <summary>1-10, 11-50, 51-200, 201-500 or 500+.</summary>
    public string? EmployeeCount { get; init; }
    public string? Website { get; init; }
    public string? ContactPhone { get; init; }
    public string? Address { get; init; }

    /// <summary>ISO 3166-1 alpha-2, such as DE: where phone numbers without a country belong.</summary>
    public required string Country { get; init; }

    /// <summary>The IANA name of the zone in which the organisation's days begin and end.</summary>
    public required string Timezone { get; init; }

    /// <summary>What new deals, products and invoices are in: USD, EUR, GBP, CAD or AUD.</summary>
    public required string Currency { get; init; }
    public string? Logo { get; init; }

    /// <summary>An object of the client's own. Every member can read it: no place for secrets.</summary>
    public JsonElement Settings { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c>.</summary>
    public required int Version { get; init; }

    public const string FindSql = """
        select id, name, industry, employee_count, website, contact_phone, address, country, timezone, currency, logo, settings, created_at, updated_at, version
        from organizations
        where id = @OrganizationId
        """;
}

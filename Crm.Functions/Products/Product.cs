using System.Text.Json.Serialization;
using Crm.Functions.Auth;

namespace Crm.Functions.Products;

/// <summary>Something the organisation sells, as clients see it.</summary>
public sealed record Product
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }

    /// <summary>Unique in the organisation, whatever its case.</summary>
    public required string Sku { get; init; }

    /// <summary>What one unit sells for, with two decimals.</summary>
    public required decimal Price { get; init; }

    /// <summary>What one unit costs the organisation itself; absent for staff.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<decimal?> Cost { get; private init; }

    /// <summary>USD, EUR, GBP, CAD or AUD.</summary>
    public required string Currency { get; init; }
    public string? Category { get; init; }

    /// <summary>What one of it is called: piece, hour, box.</summary>
    public string? Unit { get; init; }

    /// <summary>In percent.</summary>
    public required decimal TaxRate { get; init; }

    /// <summary>active or inactive.</summary>
    public required string Status { get; init; }
    public string? ImageUrl { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Counts up with each change; the <c>ETag</c> of a single product.</summary>
    public required int Version { get; init; }

    internal decimal? StoredCost { get; init; }

    /// <summary>Shows the cost to those who may see it. It is hidden unless this is called.</summary>
    public Product For(Caller caller) => caller.ReachOf(Permission.ReadCosts) == Reach.None ? this : this with { Cost = StoredCost };

    public const string Columns = """
        p.id, p.name, p.description, p.sku, p.price, p.cost as stored_cost, p.currency, p.category, p.unit, trim_scale(p.tax_rate) as tax_rate, p.status,
        p.image_url, p.created_at, p.updated_at, p.version
        """;

    public const string ByIdSql = $"""
        select {Columns}
        from products p
        where p.organization_id = @OrganizationId
          and p.id = @Id
          and p.deleted_at is null
        """;
}

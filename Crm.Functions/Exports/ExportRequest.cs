using System.ComponentModel.DataAnnotations;
using Crm.Functions.Contacts;
using Crm.Functions.Deals;
using Crm.Functions.Invoices;
using Crm.Functions.Products;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Exports;

/// <summary>What to export: a list, with the filters of its route. What a filter means, and what it may be, its list says.</summary>
[ValidatableType]
public sealed record ExportRequest : IValidatableObject
{
    public static ExportRequest Example => new() { Type = "contacts", Format = "csv", Status = ["customer", "active"] };

    /// <summary>contacts, deals, invoices or products.</summary>
    [FromQuery]
    public string? Type { get; init; }

    /// <summary>csv (default) or excel (alias xlsx).</summary>
    [FromQuery]
    public string? Format { get; init; }

    /// <summary>
    /// true: a CSV file's texts as they are. By default one that a spreadsheet would take for a formula (it begins with =, +, -, @) gets an apostrophe.
    /// </summary>
    [FromQuery]
    public bool? Raw { get; init; }

    /// <summary>Only what was made in the last 7d, 30d, 90d or 1y; everything by default.</summary>
    [FromQuery]
    public string? Period { get; init; }

    /// <summary>As in the list.</summary>
    [FromQuery]
    public string? Search { get; init; }

    /// <summary>As in the list.</summary>
    [FromQuery]
    [NoNulls]
    public string[]? Status { get; init; }

    /// <summary>Of contacts and deals, as in the list.</summary>
    [FromQuery]
    public Guid? OwnerId { get; init; }

    /// <summary>Of contacts, as in the list.</summary>
    [FromQuery]
    [NoNulls]
    public string[]? Tags { get; init; }

    /// <summary>Of contacts, as in the list.</summary>
    [FromQuery]
    public string? TagsMode { get; init; }

    /// <summary>Of contacts, as in the list.</summary>
    [FromQuery]
    public string? Source { get; init; }

    /// <summary>Of deals and invoices, as in the list.</summary>
    [FromQuery]
    public Guid? ContactId { get; init; }

    /// <summary>Of deals, as in the list; all pipelines by default.</summary>
    [FromQuery]
    public Guid? PipelineId { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    public Guid? StageId { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    public decimal? MinValue { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    public decimal? MaxValue { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    [Date]
    public ClientTime? CloseFrom { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    [Date]
    public ClientTime? CloseTo { get; init; }

    /// <summary>Of deals, as in the list.</summary>
    [FromQuery]
    public bool? Rotting { get; init; }

    /// <summary>Of invoices, as in the list.</summary>
    [FromQuery]
    [Date]
    public ClientTime? DateFrom { get; init; }

    /// <summary>Of invoices, as in the list.</summary>
    [FromQuery]
    [Date]
    public ClientTime? DateTo { get; init; }

    /// <summary>Of products, as in the list.</summary>
    [FromQuery]
    public string? Category { get; init; }

    internal ContactFilter Contacts => new() { Search = Search, Status = Status, Tags = Tags, TagsMode = TagsMode, Source = Source, OwnerId = OwnerId };

    internal ListDeals.Filter Deals => new()
    {
        Search = Search,
        Status = Status,
        OwnerId = OwnerId,
        ContactId = ContactId,
        PipelineId = PipelineId,
        StageId = StageId,
        MinValue = MinValue,
        MaxValue = MaxValue,
        CloseFrom = CloseFrom,
        CloseTo = CloseTo,
        Rotting = Rotting,
    };

    internal ListInvoices.Filter Invoices => new() { Search = Search, Status = Status, ContactId = ContactId, DateFrom = DateFrom, DateTo = DateTo };

    internal ListProducts.Filter Products => new() { Search = Search, Status = QueryList.Of(Status) is [var one] ? one : null, Category = Category };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        object? filter = Type?.ToLowerInvariant() switch
        {
            "contacts" => Contacts,
            "deals" => Deals,
            "invoices" => Invoices,
            "products" => Products,
            _ => null,
        };
        var faults = new List<ValidationResult>();
        if (filter is ListProducts.Filter && QueryList.Of(Status) is { Length: > 1 })
            faults.Add(new("status must be one of active, inactive.", [nameof(Status)]));
        if (filter is not null)
            Validator.TryValidateObject(filter, new ValidationContext(filter), faults, validateAllProperties: true);
        return faults;
    }
}

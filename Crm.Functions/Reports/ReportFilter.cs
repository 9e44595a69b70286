using Microsoft.AspNetCore.Mvc;

namespace Crm.Functions.Reports;

/// <summary>What time a report is about.</summary>
[ValidatableType]
public record ReportFilter
{
    /// <summary>The last 7d, 30d, 90d or 1y, today included; 30d when nothing is said.</summary>
    [FromQuery]
    [Text(10)]
    public string? Period { get; init; }

    /// <summary>The first day, in place of a period.</summary>
    [FromQuery]
    [Date]
    public ClientTime? From { get; init; }

    /// <summary>The last day: today, unless it is an earlier one.</summary>
    [FromQuery]
    [Date]
    public ClientTime? To { get; init; }
}

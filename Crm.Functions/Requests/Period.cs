using Crm.Shared;

namespace Crm.Functions.Requests;

/// <summary>The time up to now that a report is about: today and the days before it, where the organisation is.</summary>
public static class Period
{
    /// <summary>The first moment of it; null when there is no such period.</summary>
    public static DateTimeOffset? Start(string period, TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = LocalDay.At(now, zone).Date;
        DateOnly? first = period.Trim().ToLowerInvariant() switch
        {
            "7d" => today.AddDays(-6),
            "30d" => today.AddDays(-29),
            "90d" => today.AddDays(-89),
            "1y" => today.AddYears(-1),
            _ => null,
        };
        return first is { } date ? LocalDay.StartOf(date, zone) : null;
    }
}
